using Estafeta.TestSystem;
using Estafeta.Unix.Processes;

namespace Estafeta.Interop.MailFlow;

/// <summary><c>postfix reload</c> with a configuration that cannot be used: what runs goes on as before, and the log says why.</summary>
public sealed class ReloadTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Theory]
    [InlineData("smtpd_helo_required = maybe", "bad boolean configuration: smtpd_helo_required = maybe")]
    [InlineData("message_size_limit = 25M", "bad numerical configuration: message_size_limit = 25M")]
    [InlineData("myorigin = $relayhost\nrelayhost = $myorigin", "unreasonable macro call nesting: ")]
    [InlineData("queue_directory = /nonexistent/queue", "stop and start Postfix")]
    [InlineData("data_directory = /nonexistent/data", "to change data_directory from ")]
    public void BrokenMainCf_LeavesTheOldConfigurationRunning(string lines, string reason)
    {
        using var system = Started();
        var master = system.MasterPid;
        var server = ServerAfterMail(system, 1);
        system.WriteMainCf("smtpd_banner = never seen\n" + lines);

        Hangup(system);

        system.WaitForLog("reload failed, the old configuration stays in use: ");
        system.WaitForLog(reason);
        Assert.Equal((master, server), (system.MasterPid, ServerAfterMail(system, 2)));
        Assert.DoesNotContain("never seen", Banner(system));

        system.WriteMainCf("smtpd_banner = repaired");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("]: reload -- version ");

        // The process that serves now may take a client yet, until the new one listens.
        system.WaitUntil(() => Banner(system).Contains("repaired", StringComparison.Ordinal), "the new banner");
    }

    [Fact]
    public void BrokenMasterCf_IsRefusedByTheCommandAndByMaster()
    {
        using var system = Started();
        var server = ServerAfterMail(system, 1);
        system.WriteMasterCf("broken unix - - x - - smtp\n");

        Assert.Equal(1, system.Run("postfix", ["reload"]).Status);
        Hangup(system);

        system.WaitForLog("reload failed, the old configuration stays in use: ");
        system.WaitForLog("field \"chroot\": bad value: \"x\"");
        Assert.Equal(server, ServerAfterMail(system, 2));
    }

    private static MailSystem Started()
    {
        var system = new MailSystem();
        system.Start();
        return system;
    }

    // As postfix reload does at its end; the command itself refuses what it sees to be broken.
    private static void Hangup(MailSystem system) =>
        ProcessControl.Signal(system.MasterPid, SignalNumber.Hangup);

    private static int ServerAfterMail(MailSystem system, int count)
    {
        using (var client = system.Connect())
        {
            client.BeginMail(You);
            client.Send("Subject: still here\r\n\r\ntext\r\n.\r\n");
            client.Expect("250");
        }

        Assert.Equal(count, system.Delivered("you", count).Count);
        return system.FindDaemon("smtpd");
    }

    private static string Banner(MailSystem system)
    {
        using var client = new System.Net.Sockets.TcpClient("127.0.0.1", system.Port);
        using var reader = new StreamReader(client.GetStream());
        return reader.ReadLine() ?? "";
    }
}
