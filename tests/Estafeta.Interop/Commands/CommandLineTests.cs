using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Commands;

/// <summary>commands.txt: each line run by the installed Postfix's commands and by ours, the mail system being down, with the same configuration.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Message = "To: t@x.test\nCc: c@x.test, \"d e\"@x.test\nBcc: b@x.test\nSubject: x\n\nbody\n";
    private readonly string _root = Directory.CreateTempSubdirectory("estafeta-commands-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void EveryLine_EndsAsWithPostfix()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "postsuper and postfix are root's");
        var programs = Path.Combine(_root, "programs");
        Directory.CreateDirectory(programs);
        Programs.Link(programs);
        foreach (var folder in (string[])[_root, programs])
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        }

        var theirs = Prepare("theirs", "/usr/sbin", "/usr/lib/postfix/sbin");
        var ours = Prepare("ours", programs, programs);
        var differences = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(Programs.RepositoryRoot(), "tests/Estafeta.Interop/Commands/commands.txt")).Where(static l => l.Length > 0 && l[0] != '#'))
        {
            var (expected, got) = (Run(line, "/usr/sbin", theirs), Run(line, programs, ours));
            if (expected != got)
            {
                differences.Add($"{line}\n  Postfix:  {expected}\n  Estafeta: {got}");
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    // A directory for each: neither finds what the other has left.
    private string Prepare(string name, string commands, string daemons)
    {
        var directory = Path.Combine(_root, name);
        foreach (var folder in (string[])["etc", "data", "queue", "queue/maildrop", "queue/public", "queue/pid"])
        {
            Directory.CreateDirectory(Path.Combine(directory, folder));
        }

        File.WriteAllText(
            Path.Combine(directory, "etc/main.cf"),
            $"""
            compatibility_level = 3.6
            queue_directory = {directory}/queue
            data_directory = {directory}/data
            command_directory = {commands}
            daemon_directory = {daemons}
            sendmail_path = {commands}/sendmail
            maillog_file = {directory}/mail.log
            maillog_file_prefixes = {_root}
            myhostname = mail.example.test
            alias_maps =
            alias_database =

            """);
        File.WriteAllText(Path.Combine(directory, "etc/master.cf"), StandardServices.MasterCf);
        File.WriteAllText(Path.Combine(directory, "mail.log"), "");
        File.SetUnixFileMode(Path.Combine(directory, "mail.log"), (UnixFileMode)0x1B6);
        Programs.Run(["chown", "postfix", Path.Combine(directory, "data")]);
        Run("postfix check", commands, directory);
        return directory;
    }

    private static string Run(string line, string commands, string directory)
    {
        var (status, output) = Programs.Run(
            ["sh", "-c", "\"$C/\"" + line], Message, [("C", commands), ("D", directory), ("MAIL_CONFIG", directory + "/etc"), ("LC_ALL", "C")]);
        if (line.StartsWith("postfix", StringComparison.Ordinal) || line.StartsWith("postmulti", StringComparison.Ordinal))
        {
            // Postfix's scripts keep quiet where there is no terminal; ours say what is wrong.
            return $"{status}";
        }

        // Theirs says it where the mail system has never run, and is quiet when it was stopped; our sockets go with the system, so ours is quiet.
        output = Regex.Replace(output, "(postdrop|postqueue): warning: unable to look up public/(pickup|qmgr): No such file or directory\n", "");
        output = output.Replace(directory, "DIR", StringComparison.Ordinal).Replace(commands + "/", "", StringComparison.Ordinal);
        return $"{status} {Regex.Replace(output, "[0-9A-F]{8,12}", "ID").TrimEnd().Replace("\n", "\n            ", StringComparison.Ordinal)}";
    }
}
