using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Estafeta.TestSystem;

/// <summary>
/// A whole mail system of the built programs in a temporary folder: its own configuration, queue, mailboxes, log and port; every daemon a
/// process, started and stopped by <c>postfix start</c> and <c>stop</c>. As root its workers run as <c>postfix</c> or <c>nobody</c>; an
/// ordinary user's all run as the user. ESTAFETA_TEST_KEEP=1 leaves the folder behind.
/// </summary>
public sealed class MailSystem : IDisposable
{
    /// <summary>The domain that is delivered here; its users are you and friend.</summary>
    public const string Domain = "example.test";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly MailSystemOptions _options;
    private readonly string _programs;
    private readonly MountNamespace? _namespace;

    public MailSystem(string mainCf = "", string masterCf = "")
        : this(new MailSystemOptions { MainCf = mainCf, MasterCf = masterCf })
    {
    }

    public MailSystem(MailSystemOptions options)
    {
        _options = options;
        Root = Directory.CreateTempSubdirectory("estafeta-system-").FullName;
        Port = FreePort.Take();
        _programs = PathOf("programs");
        Permit(Root);
        foreach (var name in new[] { "etc", "queue", "data", "mail", "programs" })
        {
            Directory.CreateDirectory(PathOf(name));
            Permit(PathOf(name));
        }

        Programs.Link(_programs);
        _namespace = options.QueueMegabytes is { } size ? new MountNamespace(QueueDirectory, size) : null;
        WriteMainCf("");
        WriteMasterCf("");
        File.WriteAllText(PathOf("etc/mailboxes"), $"you@{Domain} you/\nfriend@{Domain} friend/\n");
        if (Environment.IsPrivilegedProcess)
        {
            Programs.Run(["chown", Owner.User, PathOf("data"), PathOf("mail")]);
        }
    }

    public string Root { get; }

    public int Port { get; }

    public string ConfigDirectory => PathOf("etc");

    public string QueueDirectory => PathOf("queue");

    public string LogFile => PathOf("mail.log");

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>0 when none runs.</summary>
    public int MasterPid
    {
        get
        {
            // The file has the length Postfix gives it, padded; the lock is what tells that it is current, and stop removes neither.
            var path = Outside(Path.Combine(QueueDirectory, "pid/master.pid"));
            return File.Exists(path) && int.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out var pid)
                && ProcessFile.Read(pid, "cmdline").Contains("master", StringComparison.Ordinal)
                ? pid
                : 0;
        }
    }

    /// <summary>The processes master started that are alive.</summary>
    public IReadOnlyList<int> Children => MasterPid is not 0 and var master
        ? [.. ProcessFile.Read(master, $"task/{master}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => int.Parse(p, CultureInfo.InvariantCulture))]
        : [];

    /// <summary>Why a file system of its own for the queue is not to be had here, or null.</summary>
    public static string? OwnFileSystemObstacle => MountNamespace.Obstacle;

    private static (string User, string Group, uint Uid, uint Gid) Owner { get; } = FindOwner();

    /// <summary>Writes main.cf anew, with these lines at its end.</summary>
    public void WriteMainCf(string extra) => File.WriteAllText(PathOf("etc/main.cf"), MailSystemConfiguration.MainCf(Root, _programs, _options, Owner, extra));

    /// <summary>Writes master.cf anew, with these lines at its end.</summary>
    public void WriteMasterCf(string extra) => File.WriteAllText(PathOf("etc/master.cf"), MailSystemConfiguration.MasterCf(Port, _options) + extra);

    public void Start()
    {
        var (status, output) = Run("postfix", "start");
        if (status != 0 || output.Length > 0)
        {
            throw new InvalidOperationException($"postfix start: status {status}: {output}");
        }
    }

    public void Stop()
    {
        var (status, output) = Run("postfix", "stop");
        if (status != 0)
        {
            throw new InvalidOperationException($"postfix stop: status {status}: {output}");
        }
    }

    /// <summary>Runs a command of the system to its end.</summary>
    public (int Status, string Output) Run(string command, params string[] arguments) => Run(command, arguments, "");

    public (int Status, string Output) Run(string command, string[] arguments, string input) =>
        Programs.Run([.. _namespace?.Enter ?? [], PathOf("programs/" + command), .. arguments], input, [("MAIL_CONFIG", ConfigDirectory)]);

    public SmtpDialog Connect() => new(Port);

    /// <summary>Where the test finds a file of the system, were it in a file system of its own.</summary>
    public string Outside(string path) => _namespace?.Outside(path) ?? path;

    /// <summary>The messages of a mailbox, waiting until there are so many.</summary>
    public IReadOnlyList<string> Delivered(string user, int count)
    {
        var folder = PathOf($"mail/{user}/new");
        WaitUntil(() => Directory.Exists(folder) && Directory.GetFiles(folder).Length >= count, $"{count} messages for {user}");
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
    }

    public void WaitForLog(string text) => WaitUntil(() => Log.Contains(text, StringComparison.Ordinal), $"the log line \"{text}\"");

    public void WaitForLog(Regex text) => WaitUntil(() => text.IsMatch(Log), $"the log line {text}");

    /// <summary>Process of a daemon by the start of its command line; 0 when there is none.</summary>
    public int FindDaemon(string name) => Children.FirstOrDefault(child => ProcessFile.ProgramOf(child) == name);

    public void WaitUntil(Func<bool> condition, string what)
    {
        var start = Stopwatch.StartNew();
        while (!condition())
        {
            if (start.Elapsed > Patience)
            {
                throw new TimeoutException($"waited in vain for {what}; log:\n{string.Join('\n', Log.Split('\n').TakeLast(60))}");
            }

            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        if (MasterPid != 0)
        {
            Run("postfix", "abort");
        }

        _namespace?.Dispose();
        if (Environment.GetEnvironmentVariable("ESTAFETA_TEST_KEEP") == null)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static (string User, string Group, uint Uid, uint Gid) FindOwner()
    {
        var name = Environment.UserName;
        if (Environment.IsPrivilegedProcess)
        {
            name = File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postfix:", StringComparison.Ordinal)) ? "postfix" : "nobody";
        }

        var ids = Programs.Run(["sh", "-c", "id -u \"$0\"; id -g \"$0\"; id -gn \"$0\"", name]).Output.Split('\n');
        var group = name == "postfix" ? "postdrop" : name == "nobody" ? "nogroup" : ids[2];
        return (name, group, uint.Parse(ids[0], CultureInfo.InvariantCulture), uint.Parse(ids[1], CultureInfo.InvariantCulture));
    }

    private static void Permit(string folder) => File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);

    private string PathOf(string name) => Path.Combine(Root, name);
}
