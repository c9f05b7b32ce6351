using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Interop.Submission;

/// <summary>saslauthd's socket: every password is good, and one user's answer comes when the test says so.</summary>
internal sealed class SlowSaslauthd : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _answering = [];
    private readonly string _slowUser;
    private readonly Task _accepting;

    public SlowSaslauthd(string path, string slowUser)
    {
        _slowUser = slowUser;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
        _accepting = AcceptAsync();
    }

    /// <summary>Completes when somebody has asked about the slow user.</summary>
    public Task Asked => _asked.Task;

    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _stopping.CancelAsync();
        await _accepting;
        await Task.WhenAll(_answering);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _answering.Add(AnswerAsync(await _listener.AcceptAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // User, password, service and realm, each behind its length; the answer likewise.
    private async Task AnswerAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        var user = "";
        for (var field = 0; field < 4; field++)
        {
            var length = new byte[2];
            await stream.ReadExactlyAsync(length);
            var text = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(text);
            user = field == 0 ? Encoding.UTF8.GetString(text) : user;
        }

        if (user == _slowUser)
        {
            _asked.TrySetResult();
            await _released.Task;
        }

        await stream.WriteAsync("\0\u0002OK"u8.ToArray());
    }
}
