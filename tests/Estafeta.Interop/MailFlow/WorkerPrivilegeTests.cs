using System.Globalization;
using Estafeta.TestSystem;

namespace Estafeta.Interop.MailFlow;

/// <summary>What the kernel says the daemons of a mail system that root started may do, thread by thread.</summary>
public sealed class WorkerPrivilegeTests
{
    private const string NoCapabilities = "0000000000000000";

    [Fact]
    public void Workers_AreTheMailOwner_WithItsGroupsAlone_AndWithoutCapabilities()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root's mail system has privileges to drop");
        using var system = new MailSystem();
        system.Start();
        using (var client = system.Connect())
        {
            client.BeginMail("you@" + MailSystem.Domain, "friend@" + MailSystem.Domain);
            client.Send("Subject: hello\r\n\r\nbody\r\n.\r\n");
            client.Expect("250");
            system.Delivered("you", 1);

            var owner = system.Run("postconf", "-h", "mail_owner").Output.Trim();
            var uid = Programs.Run(["id", "-u", owner]).Output.Trim();
            var gid = Programs.Run(["id", "-g", owner]).Output.Trim();
            var groups = Programs.Run(["id", "-G", owner]).Output.Trim().Split(' ').Order(StringComparer.Ordinal);
            foreach (var daemon in (string[])["queue", "smtpd", "postlogd"])
            {
                var pid = system.FindDaemon(daemon);
                Assert.True(pid != 0, $"{daemon} runs");
                Assert.All(Threads(pid), thread =>
                {
                    Assert.Equal($"{daemon}: {uid} {uid} {uid} {uid}", $"{daemon}: {thread["Uid"]}");
                    Assert.Equal($"{daemon}: {gid} {gid} {gid} {gid}", $"{daemon}: {thread["Gid"]}");
                    Assert.Equal(groups, thread["Groups"].Split(' ').Order(StringComparer.Ordinal));
                    Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Equal(NoCapabilities, thread[set]));
                });
            }

            // It becomes each recipient, so it keeps root.
            Assert.All(Threads(system.FindDaemon("virtual")), thread => Assert.Equal("0 0 0 0", thread["Uid"]));
            client.Say("QUIT", "221");
        }
    }

    [Fact]
    public void Workers_CanGainNoPrivileges_ExceptThoseThatRunCommands()
    {
        Assert.SkipWhen(Threads(Environment.ProcessId)[0]["NoNewPrivs"] != "0", "this process has no_new_privs, and all it starts");
        using var system = new MailSystem(masterCf: "piped unix - n n - - pipe user=nobody argv=/bin/true");
        system.WriteMainCf("transport_maps = inline:{ {piped.test = piped:} {sink.test = smtp:[127.0.0.1]:1} {local.test = local:} }");
        system.Start();
        system.Run("sendmail", ["you@" + MailSystem.Domain, "a@piped.test", "a@sink.test", "nobody@local.test"], "Subject: x\n\n");
        using var client = system.Connect();
        client.Say("NOOP", "250");
        foreach (var (daemon, bit) in ((string, string)[])[("queue", "1"), ("smtpd", "1"), ("postlogd", "1"), ("smtp", "1"), ("virtual", "1"), ("pipe", "0"), ("local", "0")])
        {
            system.WaitUntil(() => system.FindDaemon(daemon) != 0, daemon);
            Assert.All(Threads(system.FindDaemon(daemon)), thread => Assert.Equal($"{daemon}: {bit}", $"{daemon}: {thread["NoNewPrivs"]}"));
        }

        client.Say("QUIT", "221");
    }

    private static List<Dictionary<string, string>> Threads(int pid)
    {
        var threads = new List<Dictionary<string, string>>();
        foreach (var task in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task")))
        {
            try
            {
                threads.Add(File.ReadLines(task + "/status").Select(l => l.Split(':', 2)).ToDictionary(
                    l => l[0], l => string.Join(' ', l[1].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))));
            }
            catch (IOException)
            {
                // A thread that has just ended.
            }
        }

        Assert.NotEmpty(threads);
        return threads;
    }
}
