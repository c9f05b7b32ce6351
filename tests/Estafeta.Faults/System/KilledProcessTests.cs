using System.Diagnostics;
using Estafeta.TestSystem;

namespace Estafeta.Faults.System;

/// <summary>
/// Processes of the whole system are killed at random under load. Every message whose 250 was read must arrive, whole; doubles are
/// allowed only for deliveries in hand at a kill. 100 kills, with ESTAFETA_TEST_FAULTS=long 1,000, or a number.
/// </summary>
public class KilledProcessTests(ITestOutputHelper output)
{
    private const int Senders = 4;

    [Fact]
    public async Task KilledAtRandom_NothingAcknowledgedIsLost()
    {
        var ledger = new MessageLedger();
        await using var sink = new SmtpSink(ledger.Receive);
        using var system = new MailSystem(new MailSystemOptions { MainCf = MailSystemOptions.Impatient, SinkPort = sink.Port });
        system.Start();
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(0, Senders).Select(i => new LedgerSender(ledger, system.Port, seed: i).RunAsync(stop.Token)).ToArray();
        var kills = await KillAsync(system, ledger, new Random(4711));
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await ArriveAsync(ledger, system);
        output.WriteLine($"{kills} kills, {ledger.Acknowledged} acknowledged, {ledger.Duplicates} doubles");
        Assert.Empty(ledger.Damaged);
        Assert.Empty(ledger.Missing);
        Assert.True(ledger.Acknowledged > kills / 2, $"only {ledger.Acknowledged} messages in {kills} kills: the load did not happen");
        Assert.True(ledger.Duplicates <= kills * 50, $"{ledger.Duplicates} doubles");
    }

    // Every 50 to 500 ms, but not before the system has taken mail again: killing what is only starting tests nothing.
    private static async Task<int> KillAsync(MailSystem system, MessageLedger ledger, Random random)
    {
        var done = 0;
        while (done < FaultForm.Kills)
        {
            var before = ledger.Acknowledged;
            await Task.Delay(random.Next(50, 500), TestContext.Current.CancellationToken);
            for (var i = 0; i < 200 && ledger.Acknowledged == before; i++)
            {
                await Task.Delay(25, TestContext.Current.CancellationToken);
            }

            var children = system.Children;
            if (children.Count == 0)
            {
                continue;
            }

            try
            {
                using var victim = Process.GetProcessById(children[random.Next(children.Count)]);
                victim.Kill();
                done++;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // It ended by itself between the two calls.
            }
        }

        return done;
    }

    // Until everything is there: mail comes in faster than it is delivered, and what has gathered takes its time. In vain is when nothing more arrives; the queue
    // retries after two seconds at most here.
    private static async Task ArriveAsync(MessageLedger ledger, MailSystem system)
    {
        var missing = int.MaxValue;
        for (var idle = 0; idle < 600 && missing > 0; idle++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            var left = ledger.Missing.Count;
            idle = left < missing ? 0 : idle;
            missing = left;
        }

        if (missing > 0)
        {
            var log = File.ReadLines(system.LogFile).TakeLast(40);
            Assert.Fail($"missing: {string.Join(' ', ledger.Missing.Take(20))}\n{string.Join('\n', log)}\n{system.Run("postqueue", "-p").Output}");
        }
    }
}
