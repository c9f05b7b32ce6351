using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Estafeta.TestSystem;

/// <summary>
/// A whole mail system of the built programs in a temporary folder: its own configuration, queue, data and ports. Needs root, as
/// master does for its users; started and stopped by <c>postfix start</c> and <c>stop</c>.
/// </summary>
public sealed class MailSystem : IDisposable
{
    private readonly string _programs;
    private bool _isRunning;

    /// <param name="mainCf">Lines added to a main.cf that relays everything to <paramref name="sinkPort"/>.</param>
    /// <param name="sinkPort">Where relayhost points.</param>
    /// <param name="masterCf">Lines added to master.cf.</param>
    public MailSystem(string mainCf, int sinkPort, string masterCf = "")
    {
        Root = Directory.CreateTempSubdirectory("estafeta-system-").FullName;
        Permit(Root);
        SmtpPort = FreePort();
        _programs = CopyPrograms();
        foreach (var name in new[] { "etc", "queue", "data" })
        {
            Directory.CreateDirectory(Path.Combine(Root, name));
            Permit(Path.Combine(Root, name));
        }

        Run("chown", ["postfix", Path.Combine(Root, "data")]);
        File.WriteAllText(Path.Combine(ConfigDirectory, "main.cf"), MainCf(sinkPort) + mainCf + "\n");
        File.WriteAllText(Path.Combine(ConfigDirectory, "master.cf"), MasterCf() + masterCf + "\n");
    }

    public string Root { get; }

    public int SmtpPort { get; }

    public string ConfigDirectory => Path.Combine(Root, "etc");

    public string QueueDirectory => Path.Combine(Root, "queue");

    public string LogFile => Path.Combine(QueueDirectory, "maillog");

    /// <summary>Why a whole system cannot run here, or null.</summary>
    public static string? Obstacle =>
        !Environment.IsPrivilegedProcess ? "a whole mail system needs root"
        : !File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postfix:", StringComparison.Ordinal)) ? "there is no user postfix: install the package postfix"
        : null;

    public int MasterPid => int.Parse(File.ReadAllText(Path.Combine(QueueDirectory, "pid/master.pid")).Trim(), CultureInfo.InvariantCulture);

    /// <summary>The processes master started that are alive.</summary>
    public IReadOnlyList<int> Children
    {
        get
        {
            var children = new List<int>();
            foreach (var task in Directory.GetDirectories($"/proc/{MasterPid}/task"))
            {
                children.AddRange(File.ReadAllText(Path.Combine(task, "children"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(p => int.Parse(p, CultureInfo.InvariantCulture)));
            }

            return children;
        }
    }

    public void Start()
    {
        var (status, output) = Postfix("start");
        if (status != 0)
        {
            throw new InvalidOperationException($"postfix start: status {status}: {output}");
        }

        _isRunning = true;
    }

    public void Stop()
    {
        Postfix("stop");
        _isRunning = false;
    }

    /// <summary>Runs a command of the system with <c>-c</c> of its configuration.</summary>
    public (int Status, string Output) Command(string name, params string[] arguments) =>
        Run(Path.Combine(_programs, name), ["-c", ConfigDirectory, .. arguments]);

    public (int Status, string Output) Postfix(string verb) => Command("postfix", verb);

    public void Dispose()
    {
        if (_isRunning)
        {
            Stop();
        }

        if (Environment.GetEnvironmentVariable("ESTAFETA_TEST_KEEP") == null)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Output goes to a file: a daemon left behind may keep a pipe open for ever.
    private static (int Status, string Output) Run(string program, IReadOnlyList<string> arguments)
    {
        var output = Path.GetTempFileName();
        try
        {
            using var process = Process.Start("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", output, program, .. arguments]);
            process.WaitForExit();
            return (process.ExitCode, File.ReadAllText(output));
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static void Permit(string folder) => File.SetUnixFileMode(
        folder,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    // The daemons load their parts after they have given up root, so the checkout itself may be out of their reach.
    private string CopyPrograms()
    {
        var target = Directory.CreateDirectory(Path.Combine(Root, "programs")).FullName;
        Permit(target);
        var source = Path.Combine(RepositoryRoot(), "src/Estafeta/bin/Debug/net10.0");
        foreach (var file in Directory.GetFiles(source).Where(f => !f.EndsWith(".pdb", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        foreach (var name in new[] { "postfix", "sendmail", "postqueue", "postsuper", "postcat", "postdrop", "mailq", "postmap", "postconf" })
        {
            File.CreateSymbolicLink(Path.Combine(target, name), "estafeta");
        }

        return target;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Estafeta.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Estafeta.slnx is in no folder above the tests");
    }

    private string MainCf(int sinkPort) =>
        $"""
        compatibility_level = 3.12
        queue_directory = {Root}/queue
        data_directory = {Root}/data
        command_directory = {_programs}
        daemon_directory = {_programs}
        maillog_file = {Root}/queue/maillog
        maillog_file_prefixes = {Root}
        myhostname = system.example.test
        mydestination =
        mynetworks = 127.0.0.0/8
        inet_protocols = ipv4
        smtpd_peername_lookup = no
        smtpd_relay_restrictions = permit_mynetworks, reject
        relayhost = [127.0.0.1]:{sinkPort}
        service_throttle_time = 1s
        queue_run_delay = 1s
        minimal_backoff_time = 1s
        maximal_backoff_time = 2s
        estafeta_sessions_per_process = 20

        """;

    private string MasterCf() =>
        $"""
        127.0.0.1:{SmtpPort} inet n - n - - smtpd
        pickup  unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr    unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce  unix - - n - 0 bounce
        defer   unix - - n - 0 bounce
        trace   unix - - n - 0 bounce
        verify  unix - - n - 1 verify
        flush   unix n - n 1000? 0 flush
        smtp    unix - - n - - smtp
        relay   unix - - n - - smtp
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
}
