using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Master;
using Estafeta.Services.Hosting;
using Estafeta.Tests.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Master;

/// <summary>
/// A master in a process of its own (this executable as helper), with configuration, queue and log in a temporary folder. Its daemons are
/// shell scripts in <see cref="DaemonDirectory"/>, or <see cref="EchoDaemon"/>.
/// </summary>
internal sealed class MasterHarness : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("estafeta");
    private ChildProcess? _master;
    private bool _isToldToEnd;

    public MasterHarness(string masterCf, string extraMainCf = "")
    {
        foreach (var name in new[] { "conf", "queue", "queue/pid", "queue/private", "queue/public", "data", "daemons" })
        {
            _root.CreateSubdirectory(name);
        }

        File.SetUnixFileMode(_root.FullName, (UnixFileMode)0x1ED);
        if (Privileges.IsRoot)
        {
            foreach (var name in new[] { "data", "queue/private", "queue/public" })
            {
                FileOwnership.Set(PathOf(name), Accounts.FindUser("nobody")!.Uid, null);
            }
        }

        WriteMainCf(extraMainCf);
        WriteMasterCf(masterCf);
    }

    public string DaemonDirectory => PathOf("daemons");

    public string Log => File.Exists(PathOf("mail.log")) ? File.ReadAllText(PathOf("mail.log")) : "";

    public int MasterPid => _master!.Pid;

    // Program of the helper process.
    internal static int RunMaster(string[] arguments) =>
        MasterProgram.Run(arguments, new ProgramLocator(Environment.ProcessPath!, static _ => false, static _ => false), TimeProvider.System);

    public string PathOf(string name) => Path.Combine(_root.FullName, name);

    public void WriteMainCf(string extra) => File.WriteAllText(PathOf("conf/main.cf"), $"""
        compatibility_level = 3.6
        queue_directory = {PathOf("queue")}
        data_directory = {PathOf("data")}
        daemon_directory = {PathOf("daemons")}
        maillog_file = {PathOf("mail.log")}
        maillog_file_prefixes = {_root.FullName}
        mail_owner = nobody
        inet_protocols = ipv4
        myhostname = host.example.test
        {extra}

        """);

    public void WriteMasterCf(string text) => File.WriteAllText(PathOf("conf/master.cf"), text);

    /// <summary>A daemon that is a shell script; <c>$T</c> is the temporary folder, descriptor 3 the way to master.</summary>
    public void WriteScript(string name, string script) =>
        ScriptFile.Write(Path.Combine(DaemonDirectory, name), $"PATH=/bin:/usr/bin\nT={_root.FullName}\n{script}");

    /// <summary>A daemon that runs <see cref="EchoDaemon"/>.</summary>
    public void WriteEcho(string name) => WriteScript(name, $"exec {Environment.ProcessPath} --helper echo \"$@\"");

    /// <param name="withSignalsIgnored">As shells start what they run in the background.</param>
    public void Start(bool withSignalsIgnored = false)
    {
        _master = Spawn("-s", withSignalsIgnored: withSignalsIgnored);
        WaitUntil(() => Log.Contains("daemon started", StringComparison.Ordinal), "master to start");
    }

    /// <summary>Runs another master to its end; returns its exit status and what it wrote to standard error.</summary>
    public (int Status, string Error) RunToEnd(string option)
    {
        var (ours, theirs) = Pipes.Create();
        using (ours)
        {
            int status;
            using (theirs)
            {
                using var process = Spawn(option, (int)theirs.Handle);
                status = process.Wait().Code;
            }

            return (status, Pipes.ReadAll(ours));
        }
    }

    // Waiting on is pointless then.
    private bool IsDeadTooEarly => !_isToldToEnd && _master?.TryReap(out _) == true;

    public void Signal(int signal)
    {
        _isToldToEnd |= signal != SignalNumber.Hangup;
        _master!.Signal(signal);
    }

    public ExitStatus WaitForExit() => _master!.Wait();

    public bool IsRunning => !_master!.TryReap(out _);

    public void WaitForLog(string text) => WaitUntil(() => Log.Contains(text, StringComparison.Ordinal), $"the log line \"{text}\"");

    // A shell makes the file first, and then writes its line.
    public void WaitForFile(string name) => WaitUntil(() => new FileInfo(PathOf(name)) is { Exists: true, Length: > 0 }, $"a line in the file {name}");

    /// <summary>Whole lines only: who writes one may not be done with it.</summary>
    public int CountLines(string name) => File.Exists(PathOf(name)) ? File.ReadAllText(PathOf(name)).Count('\n') : 0;

    public void WaitUntil(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience || (IsDeadTooEarly && !condition()))
            {
                Assert.Fail($"waited in vain for {what}; log:\n{Log}");
            }

            Thread.Sleep(5);
        }
    }

    public Socket Connect(string socketPath)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(PathOf("queue"), socketPath)));
        return socket;
    }

    public static string Ask(Socket socket, string text)
    {
        socket.Send(Encoding.ASCII.GetBytes(text + "\n"));
        var buffer = new byte[1000];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)).TrimEnd('\n');
    }

    public void Dispose()
    {
        if (_master != null)
        {
            // The second time is without patience.
            _master.Signal(SignalNumber.Terminate);
            _master.Signal(3);
            _master.Wait();
            _master.Dispose();
        }

        _root.Delete(recursive: true);
    }

    private ChildProcess Spawn(string option, int standardError = -1, bool withSignalsIgnored = false)
    {
        const string shell = "/bin/sh";
        var environment = SpawnRequest.CurrentEnvironment();
        environment.RemoveAll(v => v.StartsWith(ConfigurationDirectory.Variable + "=", StringComparison.Ordinal));
        return ChildProcess.Spawn(new SpawnRequest
        {
            Path = withSignalsIgnored ? shell : Environment.ProcessPath!,
            Arguments = withSignalsIgnored
                ? [shell, "-c", "trap '' HUP INT QUIT; exec \"$0\" \"$@\"", Environment.ProcessPath!, "--helper", "master", option, "-c", PathOf("conf")]
                : ["master", "--helper", "master", option, "-c", PathOf("conf")],
            Environment = environment,
            Descriptors = [-1, -1, standardError],
        });
    }
}
