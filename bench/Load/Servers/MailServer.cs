using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Estafeta.TestSystem;

namespace Estafeta.Bench.Load.Servers;

/// <summary>
/// One mail server under test with a configuration, queue and log of its own in a temporary folder. Postfix and Estafeta get
/// the same main.cf and master.cf; only the program that is started differs.
/// </summary>
internal sealed class MailServer : IServer
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
        File.WriteAllText(Path.Combine(_folder, "etc/master.cf"), $"127.0.0.1:{port} inet n - n - - smtpd\n{StandardServices.MasterCf}");
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

    // A parameter set twice would have Postfix's postlogd warn into its own full socket, and wait there for ever.
    private string MainCf(int sinkPort, IReadOnlyList<string> settings) => string.Concat(Lines(sinkPort, settings)
        .GroupBy(line => line[..line.IndexOf('=', StringComparison.Ordinal)].Trim()).Select(lines => lines.Last() + '\n'));

    private string[] Lines(int sinkPort, IReadOnlyList<string> settings) =>
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
    ];

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
