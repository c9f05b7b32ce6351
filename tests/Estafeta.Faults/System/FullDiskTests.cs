using System.Diagnostics;
using Estafeta.TestSystem;

namespace Estafeta.Faults.System;

/// <summary>
/// The file system of the queue fills up: mail is refused before it is sent, what was taken is delivered although nothing is free, and
/// mail is taken again within five seconds of free space.
/// </summary>
public class FullDiskTests(ITestOutputHelper output)
{
    // As much as the spare segments of the queue's log: what is free again at the end.
    private const int BallastOctets = 56 << 20;

    // A bigger body becomes a file.
    private const int InlineOctets = 256 * 1024;
    private readonly Random _random = new(1);
    private readonly MessageLedger _ledger = new();

    [Fact]
    public async Task QueueFileSystemFull_RefusesAtMail_DeliversOn_Recovers()
    {
        Assert.SkipWhen(MailSystem.OwnFileSystemObstacle != null, MailSystem.OwnFileSystemObstacle ?? "");
        await using var sink = new SmtpSink(_ledger.Receive) { IsClosed = true };
        using var system = new MailSystem(new MailSystemOptions
        {
            MainCf = MailSystemOptions.Impatient + "\nmessage_size_limit = 1000000\n",
            SinkPort = sink.Port,
            QueueMegabytes = 112 + (BallastOctets >> 20),
        });
        system.Start();
        using var ballast = new FileStream(
            system.Outside(Path.Combine(system.QueueDirectory, "ballast")), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        Fill(ballast, BallastOctets);
        FillWithMail(system, isDiskFull: false);
        Fill(ballast, int.MaxValue);

        // The store may have made some room in its log since.
        FillWithMail(system, isDiskFull: true, atLeast: 0);
        var taken = _ledger.Acknowledged;
        Assert.StartsWith("452 4.3.1 Insufficient system storage", TryMail(system), StringComparison.Ordinal);

        sink.IsClosed = false;
        system.WaitUntil(() => _ledger.Missing.Count == 0, "the delivery of what was acknowledged, with the disk full");

        // What was delivered has made room inside the queue.
        system.WaitUntil(() => TryMail(system).StartsWith("250", StringComparison.Ordinal), "mail to be taken where deliveries have made room");
        sink.IsClosed = true;
        FillWithMail(system, isDiskFull: true);

        ballast.SetLength(0);
        var since = Stopwatch.StartNew();
        system.WaitUntil(
            () =>
            {
                // However long the machine takes to answer: who comes five seconds later is not refused.
                var begun = since.Elapsed;
                var isTaken = TryMail(system).StartsWith("250", StringComparison.Ordinal);
                Assert.True(isTaken || begun < TimeSpan.FromSeconds(5), $"mail was refused {begun} after there was space");
                return isTaken;
            },
            "MAIL to be accepted again");
        output.WriteLine($"{taken} messages taken until full; accepting {since.ElapsedMilliseconds} ms after there was space");
        Assert.StartsWith("250", TrySend(system, 400_000), StringComparison.Ordinal);
        sink.IsClosed = false;
        system.WaitUntil(() => _ledger.Missing.Count == 0, "the last message");
        Assert.Empty(_ledger.Damaged);
        Assert.DoesNotContain("panic", system.Log);
        Assert.DoesNotContain("throttling", system.Log);
    }

    // Until MAIL is refused: no message that cannot be kept is asked for.
    private void FillWithMail(MailSystem system, bool isDiskFull, int atLeast = 100)
    {
        for (var i = 0; i < 2000; i++)
        {
            // A big body becomes a file, for which a full disk has no room even while the queue's log has.
            if (TrySend(system, i % 8 == 0 && !isDiskFull ? 400_000 : 200_000).StartsWith("452", StringComparison.Ordinal))
            {
                Assert.True(i >= atLeast, $"full after {i} messages");
                return;
            }
        }

        Assert.Fail("the disk does not get full");
    }

    private string TrySend(MailSystem system, int octets)
    {
        using var client = system.Connect();
        client.Say("EHLO client.example.org", "250");
        var reply = client.Ask($"MAIL FROM:<sender@example.org> SIZE={octets + 1000}");
        if (!reply.StartsWith("250", StringComparison.Ordinal))
        {
            return reply;
        }

        client.Say("RCPT TO:<rcpt@example.net>", "250");
        client.Say("DATA", "354");
        var (number, text) = _ledger.NewMessage(_random, octets);
        client.Send(text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".\r\n");

        // A body that becomes a file and the log's next segment may both want the last of the space, which was there at MAIL.
        reply = client.Expect("");
        if (octets > InlineOctets && reply.StartsWith("452", StringComparison.Ordinal))
        {
            return reply;
        }

        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        _ledger.Promise(number);
        return reply;
    }

    private static string TryMail(MailSystem system)
    {
        using var client = system.Connect();
        client.Say("EHLO client.example.org", "250");
        return client.Ask("MAIL FROM:<sender@example.org>");
    }

    private static void Fill(FileStream ballast, int octets)
    {
        var block = new byte[4096];
        try
        {
            for (; octets >= block.Length; octets -= block.Length)
            {
                ballast.Write(block);
            }
        }
        catch (IOException)
        {
            // No space left on device: as wanted.
        }
    }
}
