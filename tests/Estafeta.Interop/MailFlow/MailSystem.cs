using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;
using Estafeta.Unix.Sockets;

namespace Estafeta.Interop.MailFlow;

/// <summary>
/// A whole instance of Estafeta, as <c>postfix start</c> makes it: configuration, queue, mailboxes and log in a temporary folder, all daemons
/// as processes of the executable. As root the workers run as <c>nobody</c>.
/// </summary>
internal sealed class MailSystem : IDisposable
{
    public const string Domain = "example.test";
    private const string Owner = "nobody";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("estafeta");

    public MailSystem(string extraMainCf = "", string extraMasterCf = "")
    {
        Port = FreePort();
        foreach (var name in new[] { "etc", "queue", "mail", "bin" })
        {
            _root.CreateSubdirectory(name);
        }

        var everybodyReads = (UnixFileMode)0x1ED;
        File.SetUnixFileMode(_root.FullName, everybodyReads);
        foreach (var command in new[] { "postfix", "sendmail", "postdrop", "postqueue", "postsuper", "postcat" })
        {
            File.CreateSymbolicLink(PathOf("bin/" + command), Executable);
        }

        WriteMainCf(extraMainCf);
        File.WriteAllText(PathOf("etc/master.cf"), MasterCf(Port) + extraMasterCf);
        File.WriteAllText(PathOf("etc/mailboxes"), $"you@{Domain} you/\nfriend@{Domain} friend/\n");
        if (Privileges.IsRoot)
        {
            FileOwnership.Set(PathOf("mail"), Uid, null);
        }
    }

    public int Port { get; }

    public string QueueDirectory => PathOf("queue");

    public string Log => File.Exists(PathOf("mail.log")) ? File.ReadAllText(PathOf("mail.log")) : "";

    public int MasterPid => new MasterPidFile(PathOf("queue/pid/master.pid")).RunningPid ?? throw new InvalidOperationException("no master");

    private static uint Uid => Privileges.IsRoot ? Accounts.FindUser(Owner)!.Uid : Privileges.EffectiveUid;

    private static string Executable => Path.Combine(
        AppContext.BaseDirectory.Replace("tests/Estafeta.Interop", "src/Estafeta", StringComparison.Ordinal), "estafeta");

    public void WriteMainCf(string extra) => File.WriteAllText(PathOf("etc/main.cf"), $"""
        compatibility_level = 3.6
        queue_directory = {PathOf("queue")}
        data_directory = {PathOf("data")}
        command_directory = {PathOf("bin")}
        daemon_directory = {PathOf("bin")}
        sendmail_path = {PathOf("bin/sendmail")}
        mail_owner = {(Privileges.IsRoot ? Owner : Accounts.FindUser(Uid)?.Name)}
        setgid_group = nogroup
        maillog_file = {PathOf("mail.log")}
        maillog_file_prefixes = {_root.FullName}
        myhostname = mail.{Domain}
        mydomain = {Domain}
        myorigin = {Domain}
        mynetworks = 127.0.0.0/8
        inet_protocols = ipv4
        mydestination =
        alias_maps =
        smtpd_peername_lookup = no
        virtual_mailbox_domains = {Domain}
        virtual_mailbox_base = {PathOf("mail")}
        virtual_mailbox_maps = texthash:{PathOf("etc/mailboxes")}
        virtual_minimum_uid = 1
        virtual_uid_maps = static:{Uid}
        virtual_gid_maps = static:{(Privileges.IsRoot ? Accounts.FindUser(Owner)!.Gid : Privileges.RealGid)}
        {extra}

        """);

    public void Start() => Assert.Equal("", Run("postfix", ["start"]).Output);

    public void Stop() => Assert.Equal(0, Run("postfix", ["stop"]).Status);

    /// <summary>Runs a command of the mail system to its end.</summary>
    public (int Status, string Output) Run(string command, string[] arguments, string input = "")
    {
        var (output, childOutput) = SocketPair.CreateStream();
        var (inputSocket, childInput) = SocketPair.CreateStream();
        using (output)
        using (inputSocket)
        {
            ChildProcess child;
            using (childOutput)
            using (childInput)
            {
                var environment = SpawnRequest.CurrentEnvironment();
                environment.RemoveAll(v => v.StartsWith("MAIL_CONFIG=", StringComparison.Ordinal));
                environment.Add("MAIL_CONFIG=" + PathOf("etc"));
                child = ChildProcess.Spawn(new SpawnRequest
                {
                    Path = PathOf("bin/" + command),
                    Arguments = [command, .. arguments],
                    Environment = environment,
                    Descriptors = [(int)childInput.Handle, (int)childOutput.Handle, (int)childOutput.Handle],
                });
            }

            using (child)
            {
                inputSocket.Send(Encoding.UTF8.GetBytes(input));
                inputSocket.Shutdown(SocketShutdown.Send);
                using var reader = new StreamReader(new NetworkStream(output), Encoding.UTF8);
                var text = reader.ReadToEnd();
                return (child.Wait().Code, text);
            }
        }
    }

    public SmtpDialog Connect() => new(Port);

    /// <summary>The messages of a mailbox, waiting until there are so many.</summary>
    public IReadOnlyList<string> Delivered(string user, int count)
    {
        var folder = PathOf($"mail/{user}/new");
        WaitUntil(() => Directory.Exists(folder) && Directory.GetFiles(folder).Length >= count, $"{count} messages for {user}");
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
    }

    public void WaitForLog(string text) => WaitUntil(() => Log.Contains(text, StringComparison.Ordinal), $"the log line \"{text}\"");

    /// <summary>Process of a daemon by the start of its command line; 0 when there is none.</summary>
    public int FindDaemon(string name)
    {
        var children = File.ReadAllText($"/proc/{MasterPid}/task/{MasterPid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var child in children)
        {
            if (File.Exists($"/proc/{child}/cmdline") && File.ReadAllText($"/proc/{child}/cmdline").Split('\0')[0] == name)
            {
                return int.Parse(child, null);
            }
        }

        return 0;
    }

    public void Dispose()
    {
        if (new MasterPidFile(PathOf("queue/pid/master.pid")).RunningPid != null)
        {
            Run("postfix", ["abort"]);
        }

        _root.Delete(recursive: true);
    }

    public void WaitUntil(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                Assert.Fail($"waited in vain for {what}; log:\n{Log}");
            }

            Thread.Sleep(10);
        }
    }

    private string PathOf(string name) => Path.Combine(_root.FullName, name);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string MasterCf(int port) => $"""
        127.0.0.1:{port} inet n - n - - smtpd
        pickup    unix  n       -       n       60      1       pickup
        cleanup   unix  n       -       n       -       0       cleanup
        qmgr      unix  n       -       n       300     1       qmgr
        rewrite   unix  -       -       n       -       -       trivial-rewrite
        bounce    unix  -       -       n       -       0       bounce
        defer     unix  -       -       n       -       0       bounce
        trace     unix  -       -       n       -       0       bounce
        verify    unix  -       -       n       -       1       verify
        flush     unix  n       -       n       1000?   0       flush
        anvil     unix  -       -       n       -       1       anvil
        smtp      unix  -       -       n       -       -       smtp
        relay     unix  -       -       n       -       -       smtp
        showq     unix  n       -       n       -       -       showq
        error     unix  -       -       n       -       -       error
        retry     unix  -       -       n       -       -       error
        discard   unix  -       -       n       -       -       discard
        virtual   unix  -       n       n       -       -       virtual
        postlog   unix-dgram n  -       n       -       1       postlogd

        """;
}
