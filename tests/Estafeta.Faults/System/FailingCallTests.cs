using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Faults.System;

/// <summary>
/// Under the whole running system, the n-th write, sync or allocation of the queue process, of a delivery agent and of postdrop fails, for
/// n = 1, 2, 3… until none fails: what was acknowledged arrives, no message is stuck once the fault is gone, no process dies of it.
/// </summary>
public class FailingCallTests(ITestOutputHelper output)
{
    private const string Recipient = "you@" + MailSystem.Domain;
    private readonly Random _random = new(7);
    private readonly MessageLedger _ledger = new();

    public static TheoryData<string, string, string> Calls => new()
    {
        { "pwrite64", "EIO", "" },
        { "pwrite64", "ENOSPC", "" },
        { "fdatasync", "EIO", "" },
        { "fdatasync", "ENOSPC", "" },
        { "fdatasync", "EIO", "+" },
        { "fsync", "EIO", "" },
        { "fallocate", "ENOSPC", "" },
        { "fallocate", "EIO", "+" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task QueueProcess_NthCallFails_NothingIsLostOrStuck(string call, string error, string onwards)
    {
        Assert.SkipWhen(CallInjection.Obstacle != null, CallInjection.Obstacle ?? "");
        await using var sink = new SmtpSink(_ledger.Receive);
        using var system = new MailSystem(new MailSystemOptions { MainCf = MailSystemOptions.Impatient, SinkPort = sink.Port });
        system.Start();

        Send(system, "rcpt@example.net", 1, 3000);

        if (call != "fallocate")
        {
            Sweep(system, "queue", call, error, onwards, () => Send(system, "rcpt@example.net", 8, 3000));
            return;
        }

        // More mail is kept than fits into the open segment and the spare ones: then one must be allocated.
        Sweep(system, "queue", call, error, onwards, () =>
        {
            sink.IsClosed = true;
            Send(system, "rcpt@example.net", 220, 250_000);
            sink.IsClosed = false;
        });
    }

    [Theory]
    [InlineData("fsync", "EIO")]
    [InlineData("link", "ENOSPC")]
    public void Maildir_NthCallFails_MessageIsDeliveredLater(string call, string error)
    {
        Assert.SkipWhen(CallInjection.Obstacle != null, CallInjection.Obstacle ?? "");
        using var system = new MailSystem(MailSystemOptions.Impatient);
        system.Start();
        var read = new HashSet<string>();
        Send(system, Recipient, 1, 3000);
        system.Delivered("you", 1);
        Sweep(system, "virtual", call, error, "", () => Send(system, Recipient, 4, 3000), Attempted, () =>
        {
            foreach (var file in Directory.GetFiles(Path.Combine(system.Root, "mail/you/new")).Where(read.Add))
            {
                var text = File.ReadAllText(file).Replace("\n", "\r\n", StringComparison.Ordinal);
                _ledger.Receive(text[text.IndexOf("Subject: ", StringComparison.Ordinal)..]);
            }
        });

        // Every message has been tried once while calls fail.
        void Attempted()
        {
            system.WaitUntil(() => Regex.Count(system.Log, "relay=virtual, .*status=") >= _ledger.Acknowledged, "delivery attempts");
        }
    }

    // A call that is never made ends the sweep: at least the first must have been.
    private void Sweep(MailSystem system, string daemon, string call, string error, string onwards, Action work, Action? attempted = null, Action? look = null)
    {
        var failures = 0;
        for (var n = 1; n < 2000; n = FaultForm.Next(n))
        {
            var victim = 0;
            system.WaitUntil(() => (victim = system.FindDaemon(daemon)) != 0, $"the process {daemon}");
            int failed;
            using (var injection = new CallInjection(victim, call, error, n + onwards))
            {
                work();
                attempted?.Invoke();
                failed = injection.End();
            }

            work();
            system.WaitUntil(
                () =>
                {
                    look?.Invoke();
                    return _ledger.Missing.Count == 0;
                },
                $"what was acknowledged while call {n} failed: messages {string.Join(' ', _ledger.Missing.Take(10))}");
            Assert.Equal(victim, system.FindDaemon(daemon));
            if (failed == 0)
            {
                break;
            }

            failures += failed;
        }

        output.WriteLine($"{call} {error}{onwards}: {failures} failures, {_ledger.Acknowledged} acknowledged, {_ledger.Duplicates} doubles");
        Assert.NotEqual(0, failures);
        Assert.Empty(_ledger.Damaged);
        Assert.DoesNotContain("panic", system.Log);
        Assert.DoesNotContain("throttling", system.Log);
        system.WaitUntil(() => system.Run("postqueue", "-p").Output == "Mail queue is empty\n", "the queue to be empty");
    }

    // Whatever cannot be stored is refused for the time being.
    private void Send(MailSystem system, string recipient, int count, int octets)
    {
        for (var i = 0; i < count; i++)
        {
            using var client = system.Connect();
            client.Say("EHLO client.example.org", "250");
            var (number, text) = _ledger.NewMessage(_random, i == 1 && octets < 10_000 ? 300_000 : octets);
            var reply = "";
            foreach (var line in new[] { "MAIL FROM:<>", $"RCPT TO:<{recipient}>", "DATA", text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + "." })
            {
                reply = client.Ask(line);
                Assert.Matches("^([23]|45)", reply);
                if (reply[0] == '4')
                {
                    break;
                }
            }

            if (reply.StartsWith("250", StringComparison.Ordinal))
            {
                _ledger.Promise(number);
            }
        }
    }
}
