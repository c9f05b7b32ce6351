using System.Net;
using System.Net.Sockets;
using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Filters;

/// <summary>A mail system with a real filter beside it, in a folder that the filter may read.</summary>
internal sealed class FilterSite : IAsyncDisposable
{
    /// <summary>The test pattern every spam filter knows.</summary>
    public const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    public const string You = "you@" + MailSystem.Domain;

    private readonly List<ServerProcess> _servers = [];
    private MailSystem? _system;

    public FilterSite()
    {
        Folder = Directory.CreateTempSubdirectory("estafeta-filter-").FullName;
        File.SetUnixFileMode(Folder, (UnixFileMode)0x1ED);
    }

    public string Folder { get; }

    public MailSystem System => _system ?? throw new InvalidOperationException("not started");

    /// <summary>A file in the folder; the text may name the folder as <c>{folder}</c>.</summary>
    public string Write(string name, string text, bool isProgram = false)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.Replace("{folder}", Folder, StringComparison.Ordinal));
        File.SetUnixFileMode(path, (UnixFileMode)(isProgram ? 0x1ED : 0x1A4));
        return path;
    }

    public async Task StartServerAsync(string? user, int port, params string[] command) =>
        _servers.Add(await ServerProcess.StartAsync(user, new IPEndPoint(IPAddress.Loopback, port), command));

    public async Task StartServerAsync(string? user, string socket, params string[] command) =>
        _servers.Add(await ServerProcess.StartAsync(user, new UnixDomainSocketEndPoint(socket), command));

    public void StartMailSystem(string mainCf, string masterCf = "")
    {
        _system = new MailSystem(mainCf.Replace("{folder}", Folder, StringComparison.Ordinal), masterCf.Replace("{folder}", Folder, StringComparison.Ordinal));
        _system.Start();
    }

    /// <summary>Sends a message and returns the reply to its end.</summary>
    public string Send(string content)
    {
        using var client = System.Connect();
        client.BeginMail(You);
        client.Send(content.Replace("\n", "\r\n", StringComparison.Ordinal) + ".\r\n");
        return client.Expect("");
    }

    public async ValueTask DisposeAsync()
    {
        _system?.Dispose();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
