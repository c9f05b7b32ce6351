using Estafeta.TestSystem;
using Estafeta.Unix.Processes;

namespace Estafeta.Interop.MailFlow;

/// <summary>Tables behind the proxymap process, asked by the daemons of a whole mail system and by postmap.</summary>
public sealed class ProxymapTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Fact]
    public void VirtualAliases_ThroughProxymap_AreApprovedByThemselvesAndChangesAreNoticed()
    {
        using var system = new MailSystem();
        var table = Path.Combine(system.ConfigDirectory, "aliases");
        File.WriteAllText(table, $"one@{MailSystem.Domain} {You}\n");
        system.WriteMainCf($"virtual_alias_maps = proxy:lmdb:{table}\n");
        Assert.Equal((0, ""), system.Run("postmap", $"lmdb:{table}"));
        system.Start();

        Assert.Equal((0, You + "\n"), system.Run("postmap", "-q", $"one@{MailSystem.Domain}", $"proxy:lmdb:{table}"));
        Send(system, $"one@{MailSystem.Domain}", "first");
        Assert.Contains("Subject: first\n", system.Delivered("you", 1)[0]);

        File.WriteAllText(table, $"two@{MailSystem.Domain} friend@{MailSystem.Domain}\n");
        Assert.Equal((0, ""), system.Run("postmap", $"lmdb:{table}"));
        Assert.Equal((1, ""), system.Run("postmap", "-q", $"one@{MailSystem.Domain}", $"proxy:lmdb:{table}"));
        Send(system, $"two@{MailSystem.Domain}", "second");
        Assert.Contains("Subject: second\n", system.Delivered("friend", 1)[0]);

        // Listing writes the table as proxymap sees it; a table nobody approved is refused and named in the log.
        Assert.Equal((0, $"two@{MailSystem.Domain}\tfriend@{MailSystem.Domain}\n"), system.Run("postmap", "-s", $"proxy:lmdb:{table}"));
        var (status, output) = system.Run("postmap", "-q", "root", "proxy:unix:group.byname");
        Assert.Equal(1, status);
        Assert.Contains("service is not configured for table \"unix:group.byname\"", output);
        system.WaitForLog("request for unapproved table: \"unix:group.byname\"");
    }

    [Fact]
    public void ProxymapDies_MailWaitsAndIsDeliveredAfterwards()
    {
        using var system = new MailSystem(MailSystemOptions.Impatient);
        var table = Path.Combine(system.ConfigDirectory, "aliases");
        File.WriteAllText(table, $"one@{MailSystem.Domain} {You}\n");
        system.WriteMainCf($"virtual_alias_maps = proxy:texthash:{table}\n");
        system.Start();
        Send(system, $"one@{MailSystem.Domain}", "before");
        Assert.Single(system.Delivered("you", 1));
        var proxymap = system.FindDaemon("proxymap");
        Assert.NotEqual(0, proxymap);
        ProcessControl.Signal(proxymap, SignalNumber.Kill);

        Send(system, $"one@{MailSystem.Domain}", "after");
        Assert.Equal(2, system.Delivered("you", 2).Count);
    }

    private static void Send(MailSystem system, string recipient, string subject) =>
        Assert.Equal((0, ""), system.Run("sendmail", ["-f", You, recipient], $"Subject: {subject}\n\nx\n"));
}
