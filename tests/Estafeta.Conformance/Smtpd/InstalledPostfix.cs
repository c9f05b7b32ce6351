using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Estafeta.Conformance.Smtpd;

/// <summary>The Postfix of this machine, run with a configuration, queue, log and port of its own.</summary>
public sealed class InstalledPostfix : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "estafeta-conformance-" + Path.GetRandomFileName());
    private bool _isStarted;

    public int Port { get; } = FreePort();

    /// <summary>Null when it can be used.</summary>
    public string? Unusable { get; private set; }

    private string ConfigDirectory => Path.Combine(_directory, "etc");

    private string LogFile => Path.Combine(_directory, "log");

    public ValueTask InitializeAsync()
    {
        Unusable = !File.Exists("/usr/sbin/postfix") ? "Postfix is not installed (apt-get install postfix)"
            : Environment.UserName != "root" ? "Postfix's master needs root"
            : null;
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes it serve with these main.cf lines behind the basic ones.</summary>
    public async Task ConfigureAsync(string basics, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(ConfigDirectory);
        Directory.CreateDirectory(Path.Combine(_directory, "spool"));
        await File.WriteAllTextAsync(Path.Combine(ConfigDirectory, "main.cf"), $"""
            {basics.Replace("compatibility_level = 3.12", "compatibility_level = 3.7", StringComparison.Ordinal)}
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
            {string.Join('\n', lines)}
            """);
        if (!_isStarted)
        {
            await StartAsync();
        }
        else
        {
            await RunAsync("postfix", "reload");
        }

        File.WriteAllText(LogFile, "");
        await WaitForPortAsync();
    }

    /// <summary>The lines of smtpd since the configuration, without time and tag, once the session's last line is there.</summary>
    public async Task<List<string>> ReadLogAsync()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var lines = File.ReadAllLines(LogFile).Where(l => l.Contains("/smtpd[", StringComparison.Ordinal))
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
            await RunAsync("postfix", "stop");
        }

        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(ConfigDirectory, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
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
        await RunAsync("chown", "postfix", Path.Combine(_directory, "data"));
        await RunAsync("chmod", "755", _directory);
        await RunAsync("postfix", "start");
        _isStarted = true;
    }

    private async Task WaitForPortAsync()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                var one = new byte[1];
                if (await socket.ReceiveAsync(one) == 1)
                {
                    await ReadLogAsync();
                    File.WriteAllText(LogFile, "");
                    return;
                }
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("Postfix does not answer: " + File.ReadAllText(LogFile));
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true },
        };
        if (program == "postfix")
        {
            process.StartInfo.ArgumentList.Add("-c");
            process.StartInfo.ArgumentList.Add(ConfigDirectory);
        }

        foreach (var argument in arguments)
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
    }
}
