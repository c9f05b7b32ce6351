using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Smtpd;

/// <summary>reject_unverified_recipient and _sender, and anvil, with every process real.</summary>
public sealed class AddressVerificationTests
{
    // Nobody listens on port 1; mailboxes and error: say what they know.
    private const string MainCf = """
        address_verify_map = lmdb:$data_directory/verify_cache
        address_verify_poll_count = 60
        address_verify_poll_delay = 1s
        address_verify_sender_ttl = 3600s
        smtpd_recipient_restrictions = reject_unverified_recipient, permit
        smtpd_reject_unlisted_recipient = no
        transport_maps = inline:{{away.example=smtp:[127.0.0.1]:1}, {gone.example=error:5.1.1 gone for good}}
        address_verify_transport_maps = inline:{{away.example=smtp:[127.0.0.1]:1}, {gone.example=error:5.1.1 gone for good}, {probed.example=error:5.7.9 only for probes}}
        relay_domains = away.example gone.example probed.example
        unverified_recipient_reject_code = 550

        """;

    [Fact]
    public void Recipients_AreProbed_AndRememberedOverARestart()
    {
        using var system = new MailSystem(MainCf);
        system.Start();
        using (var client = system.Connect())
        {
            client.Say("EHLO client.example.org", "250");
            client.Say("MAIL FROM:<sender@example.org>", "250");
            client.Say("RCPT TO:<you@example.test>", "250");
            Assert.Equal(
                "550 5.1.1 <x@gone.example>: Recipient address rejected: undeliverable address: gone for good",
                client.Say("RCPT TO:<x@gone.example>", "550"));
            Assert.StartsWith(
                "450 4.1.1 <x@away.example>: Recipient address rejected: unverified address: connect to 127.0.0.1[127.0.0.1]:1: Connection refused",
                client.Say("RCPT TO:<x@away.example>", "450"));
            Assert.EndsWith("undeliverable address: only for probes", client.Say("RCPT TO:<x@probed.example>", "550"));
            client.Say("QUIT", "221");
        }

        system.WaitForLog("status=undeliverable (gone for good)");
        system.WaitForLog("status=deliverable (");
        system.WaitForLog(new Regex(@"from=<double-bounce[0-9B-Z]+@example\.test>, size=\d+, nrcpt=1 \(queue active\)"));
        system.WaitForLog("verify_cache full cleanup: retained=0 dropped=0 entries"); // beside what is asked
        Assert.False(Directory.Exists(Path.Combine(system.QueueDirectory, "../mail/you/new")));
        const int Probes = 4;
        system.WaitUntil(() => CountProbes(system) == Probes, "the log lines of the probes");
        system.Stop();
        system.Start();
        using (var client = system.Connect())
        {
            client.Say("EHLO client.example.org", "250");
            client.Say("MAIL FROM:<sender@example.org>", "250");
            client.Say("RCPT TO:<you@example.test>", "250");
            client.Say("RCPT TO:<x@gone.example>", "550");
            client.Say("QUIT", "221");
        }

        system.WaitForLog("verify_cache full cleanup: retained=4 dropped=0 entries"); // beside what is asked
        Assert.Equal(Probes, CountProbes(system));
    }

    [Fact]
    public void Connections_AreCountedByAnvil()
    {
        using var system = new MailSystem("smtpd_client_event_limit_exceptions =\nsmtpd_client_message_rate_limit = 2\nanvil_status_update_time = 1s\n");
        system.Start();
        for (var i = 0; i < 3; i++)
        {
            using var client = system.Connect();
            client.Say("EHLO client.example.org", "250");
            client.Say("MAIL FROM:<>", i < 2 ? "250" : "450 4.7.1 Error: too much mail from 127.0.0.1");
            client.Say("QUIT", "221");
        }

        system.WaitForLog("limit exceeded: 3 from ");
        system.WaitForLog($"statistics: max message rate 3/60s for (127.0.0.1:{system.Port}:127.0.0.1) at ");
        system.WaitForLog("statistics: max cache size 1 at ");
    }

    [Fact]
    public void SendmailBv_ReportsToTheSender_AndDeliversNothing()
    {
        using var system = new MailSystem();
        system.Start();
        var (status, output) = system.Run("sendmail", ["-bv", "-f", "you@example.test", "friend@example.test"], "");
        Assert.Equal((0, "Mail Delivery Status Report will be mailed to <you@example.test>.\n"), (status, output));
        var report = system.Delivered("you", 1)[0];
        Assert.Contains("Subject: Mail Delivery Status Report\n", report);
        Assert.Contains("Action: deliverable\n", report);
        Assert.False(Directory.Exists(Path.Combine(system.QueueDirectory, "../mail/friend/new")));
    }

    private static int CountProbes(MailSystem system) => system.Log.Split("from=<double-bounce").Length - 1;
}
