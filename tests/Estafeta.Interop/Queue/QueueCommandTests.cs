using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Queue;

/// <summary>The administrator's commands against a running mail system, and with it down.</summary>
public sealed class QueueCommandTests
{
    private const string You = "you@" + MailSystem.Domain;

    // Nobody listens on port 1.
    private const string Routes = "transport_maps = inline:{{away.example=smtp:[127.0.0.1]:1},{closed.example=error:5.7.1 closed}}\n";

    [Fact]
    public void Postsuper_HoldReleaseExpireDelete()
    {
        using var system = Started();
        var id = Submit(system, "someone@away.example");
        Assert.Equal(
            (0, $"postsuper: {id}: placed on hold\npostsuper: Placed on hold: 1 message\n"), system.Run("postsuper", ["-h", id]));
        Assert.Matches($"{id}!  ", system.Run("postqueue", ["-p"]).Output);
        Assert.Equal((0, "postsuper: Placed on hold: 0 messages\n"), system.Run("postsuper", ["-h", id]));
        Assert.Equal((0, "postsuper: Released from hold: 1 message\n"), system.Run("postsuper", ["-H", "ALL"]));
        Assert.Equal((0, $"postsuper: {id}: expired\npostsuper: Force-expired: 1 message\n"), system.Run("postsuper", ["-e", id]));
        Assert.Matches($"{id}#  ", system.Run("postqueue", ["-p"]).Output);
        Assert.Equal((0, $"postsuper: {id}: removed\npostsuper: Deleted: 1 message\n"), system.Run("postsuper", ["-d", "-"], id + "\n"));
        Assert.Equal((0, "Mail queue is empty\n"), system.Run("postqueue", ["-p"]));
        Assert.Equal((0, "postsuper: Deleted: 0 messages\n"), system.Run("postsuper", ["-d", id]));
    }

    [Fact]
    public void Expired_ComesBackToTheSender()
    {
        using var system = Started();
        var id = Submit(system, "someone@away.example");
        system.Run("postsuper", ["-e", id]);
        Assert.Equal((0, ""), system.Run("postqueue", ["-i", id]));
        var bounce = system.Delivered("you", 1)[0];
        Assert.Contains("Subject: Undelivered Mail Returned to Sender\n", bounce);
        Assert.Contains("<someone@away.example>: connect to 127.0.0.1[127.0.0.1]:1: Connection refused\n", bounce);
        Assert.Contains("\nAction: failed\nStatus: 4.4.1\n", bounce);
        system.WaitForLog($"{id}: from=<{You}>, status=force-expired, returned to sender\n");
    }

    [Fact]
    public void Requeued_GoesThroughCleanupAgain()
    {
        using var system = Started();
        var id = Submit(system, "someone@away.example");
        system.WriteMainCf(Routes + "virtual_alias_maps = inline:{{someone@away.example=" + You + "}}\nvirtual_alias_domains = away.example\n");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("]: reload -- version ");
        Assert.Equal((0, $"postsuper: {id}: requeued\npostsuper: Requeued: 1 message\n"), system.Run("postsuper", ["-r", id]));

        // The queue process may be told of the new configuration a moment after the log.
        system.WaitUntil(
            () =>
            {
                Assert.Equal(0, system.Run("postsuper", ["-r", "ALL"]).Status);
                return system.Log.Contains("status=sent (delivered to maildir)", StringComparison.Ordinal);
            },
            "the delivery");
        var message = system.Delivered("you", 1)[0];
        Assert.Contains("X-Original-To: someone@away.example\n", message);
        Assert.EndsWith("\n\nbody\n", message);
        system.WaitForLog($" orig_id={id}");
    }

    [Fact]
    public void Postcat_ShowsEnvelopeAndContent()
    {
        using var system = Started();
        var id = Submit(system, "someone@away.example");
        var all = system.Run("postcat", ["-q", id]).Output;
        Assert.StartsWith($"*** ENVELOPE RECORDS deferred/{id} ***\nmessage_size: ", all);
        Assert.Contains($"\nsender: {You}\n", all);
        Assert.Contains("\noriginal_recipient: someone@away.example\nrecipient: someone@away.example\n*** MESSAGE CONTENTS ", all);

        // Mail from this machine is given the headers it lacks, after those it has.
        Assert.Matches("\nSubject: hello\n(Message-Id|Date|From): ", all);
        Assert.EndsWith($"\n\nbody\n*** HEADER EXTRACTED deferred/{id} ***\n*** MESSAGE FILE END deferred/{id} ***\n", all);
        Assert.Equal((0, "\nbody\n"), system.Run("postcat", ["-b", "-q", id]));
        Assert.Contains("\nSubject: hello\n", system.Run("postcat", ["-h", "-q", id]).Output);
        Assert.Equal((1, "postcat: fatal: open queue file ABCDEF1: No such file or directory\n"), system.Run("postcat", ["-q", "ABCDEF1"]));
    }

    /// <summary>What is wrong with a site is said whether the mail system runs or not.</summary>
    [Theory]
    [InlineData("listed.example", "Cannot flush mail queue - mail system is down")]
    [InlineData("sub.listed.example", "Cannot flush mail queue - mail system is down")]
    [InlineData("other.example", "Flush service is not configured for destination \"other.example\"")]
    [InlineData("[192.0.2.1]", "Flush service is not configured for destination \"[192.0.2.1]\"")]
    [InlineData("[listed.example]", "Cannot flush mail queue - invalid destination: \"[listed.example]\"")]
    [InlineData("", "Cannot flush mail queue - invalid destination: \"\"")]
    public void FlushSite_WithTheSystemDown_SaysWhatPostfixSays(string site, string complaint)
    {
        using var system = new MailSystem("fast_flush_domains = listed.example");
        var (status, output) = system.Run("postqueue", ["-s", site]);
        Assert.Equal((69, $"postqueue: fatal: {complaint}"), (status, output.TrimEnd('\n').Split('\n')[^1]));
    }

    [Fact]
    public void Listing_IsTheSameWithTheSystemDown()
    {
        using var system = Started();
        Submit(system, "someone@away.example");
        var text = system.Run("postqueue", ["-p"]).Output;
        var json = system.Run("postqueue", ["-j"]).Output;
        Assert.Matches("^{\"queue_name\": \"deferred\", \"queue_id\": \"[0-9A-F]+\", \"arrival_time\": [0-9]+, \"message_size\": [0-9]+, \"forced_expire\": false, "
            + "\"sender\": \"you@example.test\", \"recipients\": \\[{\"orig_address\": \"someone@away.example\", \"address\": \"someone@away.example\", "
            + "\"delay_reason\": \"connect to 127.0.0.1\\[127.0.0.1\\]:1: Connection refused\"}\\]}\n$", json);
        system.Stop();
        var (status, output) = system.Run("postqueue", ["-p"]);
        Assert.Equal(0, status);
        Assert.Equal(text, Regex.Replace(output, "^postqueue: warning: Mail system is down .*\n", ""));
        Assert.Equal((69, "postqueue: fatal: Cannot flush mail queue - mail system is down\n"), system.Run("postqueue", ["-f"]));
        Assert.Equal((0, "postsuper: Deleted: 1 message\n"), system.Run("postsuper", ["-d", "ALL"]));
        system.Start();
        Assert.Equal((0, "Mail queue is empty\n"), system.Run("postqueue", ["-p"]));
    }

    [Fact]
    public void Maildrop_IsListedAndDeleted()
    {
        using var system = Started();
        system.Stop();
        Assert.Equal(0, system.Run("sendmail", ["-f", You, "friend@" + MailSystem.Domain], "Subject: waits\n\nbody\n").Status);
        var listing = system.Run("postqueue", ["-j"]).Output;
        var match = Regex.Match(listing, "{\"queue_name\": \"maildrop\", \"queue_id\": \"([^\"]+)\", .*\"sender\": \"you@example.test\", .*\"address\": \"friend@example.test\"}");
        Assert.True(match.Success, listing);
        var id = match.Groups[1].Value;
        Assert.Equal((0, "postsuper: Deleted: 0 messages\n"), system.Run("postsuper", ["-d", "ALL", "deferred"]));
        Assert.Equal((0, $"postsuper: {id}: removed\npostsuper: Deleted: 1 message\n"), system.Run("postsuper", ["-d", id, "maildrop"]));
        Assert.DoesNotContain("maildrop", system.Run("postqueue", ["-j"]).Output);
    }

    [Fact]
    public void Flush_TriesDeferredMailAtOnce()
    {
        using var system = Started();
        var id = Submit(system, "someone@away.example");
        system.WriteMainCf("transport_maps = inline:{{away.example=discard:gone}}\n");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("]: reload -- version ");

        // The queue process may be told of the new configuration a moment after the log.
        system.WaitUntil(
            () =>
            {
                Assert.Equal((0, ""), system.Run("postqueue", ["-f"]));
                return system.Log.Contains($"{id}: removed", StringComparison.Ordinal);
            },
            "the delivery");
        system.WaitForLog("status=sent (gone)");
    }

    [Fact]
    public void Bounce_ReturnsTheWholeMessage()
    {
        using var system = Started();
        Assert.Equal((0, ""), system.Run("sendmail", ["-f", You, "x@closed.example"], "Subject: no way\n\nthe text\n"));
        var bounce = system.Delivered("you", 1)[0];
        Assert.StartsWith("Return-Path: <>\n", bounce);
        Assert.Contains("\nFrom: Mail Delivery System <MAILER-DAEMON@example.test>\n", bounce);
        Assert.Contains("\n<x@closed.example>: closed\n", bounce);
        Assert.Contains("\nContent-Type: message/rfc822\n", bounce);
        Assert.Contains("\nSubject: no way\n", bounce);
        Assert.Contains("\n\nthe text\n\n--", bounce);
        system.WaitForLog(new Regex("bounce\\[[0-9]+\\]: [0-9A-F]+: sender non-delivery notification: [0-9A-F]+\n"));
    }

    [Fact]
    public void SendmailBv_ReportsByMail()
    {
        using var system = Started();
        Assert.Equal(0, system.Run("sendmail", ["-bv", "-f", You, "friend@" + MailSystem.Domain, "x@closed.example"]).Status);
        var report = system.Delivered("you", 1)[0];
        Assert.Contains("\nSubject: Mail Delivery Status Report\n", report);
        Assert.Contains("\nFinal-Recipient: rfc822; friend@example.test\nOriginal-Recipient: rfc822;friend@example.test\nAction: deliverable\n", report);
        Assert.Contains("\nFinal-Recipient: rfc822; x@closed.example\nOriginal-Recipient: rfc822;x@closed.example\nAction: undeliverable\nStatus: 5.7.1\n", report);
        system.WaitForLog("status=deliverable");
    }

    private static MailSystem Started()
    {
        var system = new MailSystem(Routes);
        system.Start();
        return system;
    }

    /// <summary>Its queue ID, once it is deferred.</summary>
    private static string Submit(MailSystem system, string recipient)
    {
        using var client = system.Connect();
        client.BeginMail(recipient, You);
        client.Send("Subject: hello\r\n\r\nbody\r\n.\r\n");
        var id = client.Expect("250").Split(' ')[^1];
        client.Say("QUIT", "221");
        system.WaitForLog($"{id}: to=<{recipient}>, ");

        // The line comes before the message is put aside.
        system.WaitUntil(() => system.Run("postqueue", ["-j"]).Output.Contains("\"deferred\"", StringComparison.Ordinal), "the deferred message");
        return id;
    }
}
