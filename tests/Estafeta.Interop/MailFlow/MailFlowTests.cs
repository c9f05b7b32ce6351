using System.Text.RegularExpressions;
using Estafeta.TestSystem;
using Estafeta.Unix.Processes;

namespace Estafeta.Interop.MailFlow;

/// <summary>Mail through the whole system: every process real, nothing replaced.</summary>
public sealed class MailFlowTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Fact]
    public void Sendmail_ReachesTheMailbox()
    {
        using var system = Started();
        var (status, output) = system.Run("sendmail", ["-f", You, You], "Subject: hello\n\nA line.\n.\nstill here?\n");
        Assert.Equal((0, ""), (status, output));
        var message = system.Delivered("you", 1)[0];
        Assert.StartsWith($"Return-Path: <{You}>\nX-Original-To: {You}\nDelivered-To: {You}\nReceived: by mail.example.test (Postfix, from userid ", message);
        Assert.EndsWith("\nSubject: hello\n" + message[(message.IndexOf("Message-Id:", StringComparison.Ordinal))..], message);
        Assert.EndsWith("\n\nA line.\n", message);
        system.WaitForLog(": removed");
    }

    [Fact]
    public void Smtp_ContentIsUnchanged()
    {
        using var system = Started();
        var body = "first\r\n..stuffed\r\n...\r\n \r\n\xe9\xff 8 bit\r\nlast line" + new string('x', 500) + "\r\n";
        using (var client = system.Connect())
        {
            client.BeginMail(You);
            client.Send("Subject: as it is\r\n\r\n" + body + ".\r\n");
            Assert.Matches("^250 2.0.0 Ok: queued as [0-9A-F]{6,}$", client.Expect("250"));
            client.Say("QUIT", "221");
        }

        var message = system.Delivered("you", 1)[0];
        var content = message[(message.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
        Assert.StartsWith("first\n.stuffed\n..\n \n", content);
        Assert.EndsWith(" 8 bit\nlast line" + new string('x', 500) + "\n", content);
    }

    [Fact]
    public void UnknownRecipient_IsRefused_AndRelayingToo()
    {
        using var system = new MailSystem("mynetworks = 192.0.2.0/24");
        system.Start();
        using var client = system.Connect();
        client.Say("EHLO client.example.org", "250");
        client.Say("MAIL FROM:<sender@example.org>", "250");
        Assert.Contains("5.1.1 <nobody@example.test>", client.Say("RCPT TO:<nobody@example.test>", "550"));
        client.Say("RCPT TO:<someone@example.net>", "454");
    }

    [Fact]
    public void Reload_InTheMiddleOfAMessage_LosesNothing()
    {
        using var system = Started();
        using var client = system.Connect();
        client.BeginMail(You);
        client.Send("Subject: before and after\r\n\r\nbefore\r\n");
        var before = system.FindDaemon("smtpd");
        system.WriteMainCf("smtpd_banner = $myhostname after");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitUntil(() => BannerIs(" after"), "the new banner");
        client.Send("after\r\n.\r\n");
        client.Expect("250");
        client.Say("QUIT", "221");
        Assert.EndsWith("\n\nbefore\nafter\n", system.Delivered("you", 1)[0]);
        system.WaitUntil(() => system.FindDaemon("smtpd") is not 0 and var now && now != before, "the end of the old process");

        bool BannerIs(string end)
        {
            using var second = system.Connect();
            return second.Banner.EndsWith(end, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DeferredMail_SurvivesARestart()
    {
        // Nobody listens on port 1.
        using var system = new MailSystem("transport_maps = inline:{{away.example=smtp:[127.0.0.1]:1}}\n");
        system.Start();
        using (var client = system.Connect())
        {
            client.BeginMail("someone@away.example");
            client.Send("Subject: later\r\n\r\nlater\r\n.\r\n");
            client.Expect("250");
        }

        system.WaitForLog("status=deferred (connect to 127.0.0.1[127.0.0.1]:1: Connection refused)");
        var listing = "";
        system.WaitUntil(
            () => (listing = system.Run("postqueue", ["-p"]).Output).Contains("Connection refused)", StringComparison.Ordinal), "the listing with the reason");
        Assert.Contains("someone@away.example", listing);
        system.Stop();
        system.Start();
        Assert.Equal(listing, system.Run("postqueue", ["-p"]).Output);
    }

    [Fact]
    public void KilledProcesses_AreReplaced_AndAcknowledgedMailIsDelivered()
    {
        using var system = Started();
        const int Count = 20;
        for (var i = 0; i < Count; i++)
        {
            using (var client = system.Connect())
            {
                client.BeginMail(You);
                client.Send($"Subject: {i}\r\n\r\n{i}\r\n.\r\n");
                client.Expect("250");
            }

            var victim = system.FindDaemon(i % 3 == 0 ? "queue" : i % 3 == 1 ? "smtpd" : "virtual");
            if (victim > 0)
            {
                ProcessControl.Signal(victim, SignalNumber.Kill);
            }

            // The queue opens its store again before it takes mail; clients that come earlier are told to come back.
            WaitForService(system);
        }

        // A message may come twice when its agent died after the delivery.
        system.WaitUntil(
            () =>
            {
                // What was under delivery at a kill may be deferred.
                system.Run("postqueue", ["-f"]);
                return Enumerable.Range(0, Count).All(HasArrived);
            },
            "all that was acknowledged");

        bool HasArrived(int i) => system.Delivered("you", 1).Any(m => m.EndsWith($"\n\n{i}\n", StringComparison.Ordinal));
    }

    [Fact]
    public void SeveralProcessesPerService_ACrashEndsOnlyItsOwnSessions()
    {
        using var system = new MailSystem("estafeta_processes_per_service = 2\n");
        system.Start();
        var sessions = new List<SmtpDialog>();

        // Which process takes a client is for the kernel to say, and for the log to tell.
        do
        {
            sessions.AddRange(Enumerable.Range(0, 10).Select(_ => system.Connect()));
            system.WaitUntil(() => Regex.Count(system.Log, @"/smtpd\[[0-9]+\]: connect from ") == sessions.Count, "log lines of all sessions");
        }
        while (!BothServe());

        ProcessControl.Signal(Smtpds()[0], SignalNumber.Kill);
        var alive = 0;
        foreach (var session in sessions)
        {
            using var owned = session;
            try
            {
                session.Say("NOOP", "250");
                alive++;
            }
            catch (IOException)
            {
                // It was the other's.
            }
        }

        Assert.InRange(alive, 1, sessions.Count - 1);
        using var client = system.Connect();
        client.Say("EHLO client.example.org", "250");
        system.WaitUntil(() => Smtpds().Count == 2, "a successor");

        bool BothServe() => Smtpds() is [var one, var two] && HasSessions(one) && HasSessions(two);

        bool HasSessions(int pid) => system.Log.Contains($"/smtpd[{pid}]: connect from ", StringComparison.Ordinal);

        List<int> Smtpds() => [.. system.Children.Where(c => ProcessFile.ProgramOf(c) == "smtpd")];
    }

    [Fact]
    public void Stop_EndsEveryProcess()
    {
        using var system = Started();
        using var client = system.Connect();
        client.Say("EHLO client.example.org", "250");
        var queue = system.FindDaemon("queue");
        Assert.NotEqual(0, queue);
        system.Stop();
        Assert.False(ProcessControl.Exists(queue));
        Assert.Equal(1, system.Run("postfix", ["status"]).Status);
        Assert.True(!system.Log.Contains("warning", StringComparison.Ordinal), system.Log);
    }

    private static MailSystem Started()
    {
        var system = new MailSystem();
        system.Start();
        return system;
    }

    private static void WaitForService(MailSystem system) => system.WaitUntil(() => TakesMail(system), "the service");

    private static bool TakesMail(MailSystem system)
    {
        try
        {
            using var client = system.Connect();
            client.Say("EHLO client.example.org", "250");
            client.Say("MAIL FROM:<sender@example.org>", "250");
            client.Say("RCPT TO:<friend@example.test>", "250");
            return true;
        }
        catch (Exception e) when (e is UnexpectedReplyException or IOException)
        {
            return false;
        }
    }
}
