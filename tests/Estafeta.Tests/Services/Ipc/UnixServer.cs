using System.Net.Sockets;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Services.Ipc;

/// <summary>An <see cref="IpcServer"/> on a socket in a temporary folder, for tests.</summary>
public sealed class UnixServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-ipc");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public UnixServer(string protocol, Func<IpcConnection, CancellationToken, Task> handler, Func<ReadOnlyMemory<byte>>? greeting = null, bool trust = true)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "socket");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(16);
        var server = new IpcServer(protocol, _ => trust, Log) { Greeting = greeting ?? (() => ReadOnlyMemory<byte>.Empty) };
        _running = server.RunAsync(_listener, handler, _stop.Token);
    }

    public string Path { get; }

    public MemoryMailLog Log { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }
}
