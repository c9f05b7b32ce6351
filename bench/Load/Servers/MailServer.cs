using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Estafeta.Bench.Load.Servers;

/// <summary>
/// One mail server under test with a configuration, queue and log of its own in a temporary folder. Postfix and Estafeta get
/// the same main.cf and master.cf; only the program that is started differs.
/// </summary>
internal sealed class MailServer : IDisposable
{
    private readonly string _folder;
    private readonly string _programs;
    private bool _started;

    /// <param name="programs">Where the commands postfix and postqueue are.</param>
    public MailServer(string name, string programs, int port, int sinkPort, IReadOnlyList<string> settings)
    {
        Name = name;
        Port = port;
        SinkPort = sinkPort;
        _programs = programs;
        _folder = Directory.CreateTempSubdirectory("estafeta-bench-").FullName;
        Run("chmod", ["755", _folder]);
        foreach (var part in new[] { "etc", "queue", "data" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, part));
        }

        Run("chown", ["postfix", Path.Combine(_folder, "data")]);
        File.WriteAllText(Path.Combine(_folder, "etc/main.cf"), MainCf(sinkPort, settings));
        File.WriteAllText(Path.Combine(_folder, "etc/master.cf"), MasterCf(port));
    }

    public string Name { get; }

    public int Port { get; }

    public int SinkPort { get; }

    public int MasterPid { get; private set; }

    private string Postfix => Path.Combine(_programs, "postfix");

    private string ConfigDirectory => Path.Combine(_folder, "etc");

    public void Start()
    {
        _started = true;
        Run(Postfix, ["-c", ConfigDirectory, "start"]);
        var pidFile = Path.Combine(_folder, "queue/pid/master.pid");
        for (var i = 0; i < 1000 && !(File.Exists(pidFile) && CanConnect(Port)); i++)
        {
            Thread.Sleep(10);
        }

        MasterPid = int.Parse(File.ReadAllText(pidFile).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Changes a line of main.cf; the server is stopped.</summary>
    public void Configure(string line)
    {
        var file = Path.Combine(ConfigDirectory, "main.cf");
        var name = line[..(line.IndexOf('=', StringComparison.Ordinal) + 1)];
        File.WriteAllLines(file, [.. File.ReadAllLines(file).Where(l => !l.StartsWith(name, StringComparison.Ordinal)), line]);
    }

    /// <summary>mailq; the number of messages and the times to its first and last line.</summary>
    public Listing ListQueue()
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(_programs, "postqueue"), ["-c", ConfigDirectory, "-p"])
        {
            RedirectStandardOutput = true,
        })!; // a new process, so not null
        var first = TimeSpan.Zero;
        var count = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            first = first == TimeSpan.Zero ? clock.Elapsed : first;
            count += line.Length > 0 && char.IsAsciiLetterOrDigit(line[0]) && !line.StartsWith("Mail queue", StringComparison.Ordinal) ? 1 : 0;
        }

        process.WaitForExit();
        return new Listing(count, first, clock.Elapsed);
    }

    public void Stop()
    {
        Run(Postfix, ["-c", ConfigDirectory, "stop"]);
        _started = false;
    }

    public void Dispose()
    {
        if (_started)
        {
            Stop();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public static bool CanConnect(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string MainCf(int sinkPort, IReadOnlyList<string> settings) => string.Join('\n',
    [
        "compatibility_level = 3.6",
        $"queue_directory = {_folder}/queue",
        $"data_directory = {_folder}/data",
        $"maillog_file = {_folder}/queue/maillog",
        $"maillog_file_prefixes = {_folder}",
        "myhostname = bench.example.test",
        "mydestination =",
        "mynetworks = 127.0.0.0/8",
        "inet_protocols = ipv4",
        "smtpd_peername_lookup = no",
        "smtpd_client_connection_count_limit = 0",
        "smtpd_timeout = 600s",
        "smtpd_relay_restrictions = permit_mynetworks, reject",
        $"relayhost = [127.0.0.1]:{sinkPort}",
        "smtp_destination_concurrency_limit = 50",
        "initial_destination_concurrency = 50",
        "default_process_limit = 250",
        "in_flow_delay = 0",
        "message_size_limit = 20480000",
        .. settings,
        "",
    ]);

    private static string MasterCf(int port) =>
        $"""
        127.0.0.1:{port} inet n - n - - smtpd
        pickup  unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr    unix n - n 300 1 qmgr
        tlsmgr  unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce  unix - - n - 0 bounce
        defer   unix - - n - 0 bounce
        trace   unix - - n - 0 bounce
        verify  unix - - n - 1 verify
        flush   unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp    unix - - n - - smtp
        relay   unix - - n - - smtp
        tlsproxy unix - - n - 0 tlsproxy
        showq   unix n - n - - showq
        error   unix - - n - - error
        retry   unix - - n - - error
        discard unix - - n - - discard
        local   unix - n n - - local
        virtual unix - n n - - virtual
        lmtp    unix - - n - - lmtp
        anvil   unix - - n - 1 anvil
        scache  unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd

        """;

    private static void Run(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
    }
}

internal readonly record struct Listing(int Count, TimeSpan FirstLine, TimeSpan All);
