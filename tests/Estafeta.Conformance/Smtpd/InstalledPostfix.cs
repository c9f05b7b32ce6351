using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd;

/// <summary>
/// The Postfix of this machine with a configuration, queue and log of its own: one smtpd service, on its own port, for each transcript,
/// with the transcript's parameters as -o options.
/// </summary>
public sealed class InstalledPostfix : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "estafeta-conformance-" + Path.GetRandomFileName());
    private readonly Dictionary<string, int> _ports = [];
    private readonly TranscriptPeers _peers = new();
    private bool _isStarted;

    /// <summary>Null when it can be used.</summary>
    public string? Unusable { get; private set; }

    private string ConfigDirectory => Path.Combine(_directory, "etc");

    private string LogFile => Path.Combine(_directory, "log");

    public async ValueTask InitializeAsync()
    {
        Unusable = !File.Exists("/usr/sbin/postfix") ? "Postfix is not installed (apt-get install postfix)"
            : Environment.UserName != "root" ? "Postfix's master needs root"
            : null;
        if (Unusable == null)
        {
            await StartAsync();
        }
    }

    public IPEndPoint EndPointFor(Transcript transcript) => new(IPAddress.Loopback, _ports[transcript.Name]);

    /// <summary>What the smtpd service of the transcript logged, without time and tag, once the session's last line is there.</summary>
    public async Task<List<string>> ReadLogAsync(Transcript transcript)
    {
        var tag = transcript.LogTag + "/smtpd[";
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var lines = File.ReadAllLines(LogFile).Where(l => l.Contains(tag, StringComparison.Ordinal))
                .Select(l => l[(l.IndexOf("]: ", StringComparison.Ordinal) + 3)..]).ToList();
            if (lines.Exists(l => l.StartsWith("disconnect from", StringComparison.Ordinal)))
            {
                return lines;
            }

            await Task.Delay(50);
        }

        return [.. File.ReadAllLines(LogFile)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_isStarted)
        {
            await RunAsync($"kill $(cat {_directory}/spool/pid/master.pid)");
        }

        await _peers.DisposeAsync();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(ConfigDirectory);
        Directory.CreateDirectory(Path.Combine(_directory, "spool"));
        Directory.CreateDirectory(Path.Combine(_directory, "data"));
        await File.WriteAllLinesAsync(Path.Combine(ConfigDirectory, "main.cf"), WithoutDuplicates($"""
            {SmtpdFixture.Basics}
            compatibility_level = 3.7
            queue_directory = {_directory}/spool
            data_directory = {_directory}/data
            maillog_file = {LogFile}
            maillog_file_prefixes = {_directory}
            inet_protocols = ipv4
            default_transport = discard
            local_transport = discard
            relay_transport = discard
            virtual_transport = discard
            smtpd_forbid_unauth_pipelining = yes
            smtpd_forbid_bare_newline = normalize
            smtpd_peername_lookup = yes
            """));
        await File.WriteAllTextAsync(Path.Combine(ConfigDirectory, "master.cf"), MasterCf());
        await RunAsync($"chown postfix {_directory}/data && chmod 755 {_directory}");
        await RunAsync($"postfix -c {ConfigDirectory} start");
        _isStarted = true;
    }

    private string MasterCf()
    {
        var text = new StringBuilder("""
            cleanup   unix  n - n - 0 cleanup
            qmgr      unix  n - n 300 1 qmgr
            pickup    unix  n - n 60 1 pickup
            rewrite   unix  - - n - - trivial-rewrite
            bounce    unix  - - n - 0 bounce
            defer     unix  - - n - 0 bounce
            trace     unix  - - n - 0 bounce
            verify    unix  - - n - 1 verify
            flush     unix  n - n 1000? 0 flush
            proxymap  unix  - - n - - proxymap
            discard   unix  - - n - - discard
            error     unix  - - n - - error
            retry     unix  - - n - - error
            anvil     unix  - - n - 1 anvil
            tlsmgr    unix  - - n 1000? 1 tlsmgr
            postlog   unix-dgram n - n - 1 postlogd

            """);
        // Held until the peers of all transcripts have ports of their own.
        var held = new List<Socket>();
        foreach (var transcript in Transcript.ReadAll())
        {
            var port = HoldPort(held);
            _ports.Add(transcript.Name, port);
            text.Append($"127.0.0.1:{port} inet n - n - - smtpd\n  -o syslog_name={transcript.LogTag}\n");
            foreach (var line in transcript.Configuration)
            {
                text.Append($"  -o {{ {_peers.Expand(line)} }}\n");
            }
        }

        held.ForEach(s => s.Dispose());
        return text.ToString();
    }

    // Postfix warns of a parameter set twice, and postlogd would warn into its own socket.
    private static IEnumerable<string> WithoutDuplicates(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)
        .GroupBy(l => l[..l.IndexOf('=')].Trim()).Select(g => g.Last());

    private static int HoldPort(List<Socket> held)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        held.Add(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    // Output goes nowhere: master would keep a pipe of ours open for as long as it lives.
    private static async Task RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command + " </dev/null >/dev/null 2>&1"]))!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, command);
    }
}
