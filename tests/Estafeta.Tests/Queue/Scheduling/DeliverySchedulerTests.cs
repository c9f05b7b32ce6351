using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

public sealed class DeliverySchedulerTests
{
    private static readonly TransportSettings Smtp = new() { Name = "smtp" };

    [Fact]
    public void Add_SameDestination_GroupsUpToTheRecipientLimit()
    {
        var bench = new SchedulerBench(Smtp);
        bench.Add("m", "smtp:a*120", "smtp:b*1");
        bench.Start();
        Assert.Equal([50, 1, 50, 20], bench.Running.Select(e => e.Recipients.Count));
        Assert.Equal(Enumerable.Range(0, 121), bench.Running.SelectMany(e => e.Recipients).Select(r => r.Index).Order());
    }

    [Fact]
    public void TryTake_KeepsTheWindow()
    {
        var bench = new SchedulerBench(Smtp);
        for (var i = 0; i < 45; i++)
        {
            bench.Add("m", "smtp:a");
        }

        Assert.Equal(5, bench.Start().Length);
        bench.Finish(bench.Running[0]);
        Assert.Equal(2, bench.Start().Length);
        for (var i = 0; i < 30; i++)
        {
            bench.Finish(bench.Running[0]);
            bench.Start();
        }

        Assert.Equal(14, bench.Running.Count);
    }

    [Fact]
    public void TryTake_SlowDestination_DoesNotBlockOthers()
    {
        var bench = new SchedulerBench(Smtp);
        for (var i = 0; i < 2000; i++)
        {
            bench.Add("s", "smtp:slow");
        }

        Assert.Equal("sssss", bench.Start());
        for (var i = 0; i < 100; i++)
        {
            bench.Add("q", $"smtp:quick{i % 10}");
        }

        Assert.Equal(new string('q', 50), bench.Start());
    }

    [Fact]
    public void TryTake_ProcessLimit_Holds()
    {
        var bench = new SchedulerBench(Smtp with { ProcessLimit = 7 });
        for (var i = 0; i < 50; i++)
        {
            bench.Add("m", $"smtp:d{i}");
        }

        Assert.Equal(7, bench.Start().Length);
        bench.Finish(bench.Running[3]);
        Assert.Equal(1, bench.Start().Length);
    }

    [Fact]
    public void TryTake_TransportsTakeTurns()
    {
        var bench = new SchedulerBench(Smtp with { ProcessLimit = 100 });
        for (var i = 0; i < 4; i++)
        {
            bench.Add("s", $"smtp:d{i}");
        }

        for (var i = 0; i < 4; i++)
        {
            bench.Add("l", $"lmtp:d{i}");
        }

        Assert.Equal("slslslsl", bench.Start());
    }

    [Fact]
    public void TryTake_DestinationsOfAMessageTakeTurns()
    {
        var bench = new SchedulerBench(Smtp with { RecipientLimit = 2 });
        bench.Add("m", "smtp:a*6", "smtp:b*4", "smtp:c*2");
        bench.Start();
        Assert.Equal("abcaba", string.Concat(bench.Running.Select(e => e.Nexthop)));
    }

    [Fact]
    public void TryTake_FirstComeFirstServed_WithinADestination()
    {
        var bench = new SchedulerBench(Smtp with { ConcurrencyLimit = 1, InitialConcurrency = 1 });
        foreach (var name in "abcdef")
        {
            bench.Add(name.ToString(), "smtp:x");
        }

        Assert.Equal("abcdef", bench.RunOneByOne());
    }

    [Fact]
    public void RecipientLimitOne_ConcurrencyIsPerMailbox()
    {
        var bench = new SchedulerBench(new TransportSettings
        {
            Name = "local",
            RecipientLimit = 1,
            ConcurrencyLimit = 2,
            RecipientDelimiter = "+",
        });
        bench.Add("1", "local:host:joe", "local:host:Joe", "local:host:joe+x", "local:host:ann");
        Assert.Equal("111", bench.Start());
        Assert.Equal("host", bench.Running[0].Nexthop);
        Assert.Contains(bench.Running, e => e.Recipients[0].Address == "ann@host");
    }

    [Fact]
    public void Failures_KillTheDestination_WhatWaitsIsSuspended()
    {
        var bench = new SchedulerBench(Smtp);
        for (var i = 0; i < 10; i++)
        {
            bench.Add("d", "smtp:dead");
        }

        bench.Add("g", "smtp:good");
        Assert.Equal("dddddg", bench.Start());
        bench.Finish(bench.Running[0], good: false);
        bench.Finish(bench.Running[0], good: false);
        bench.Finish(bench.Running[0], good: false);
        Assert.Equal("", bench.Suspended());
        bench.Finish(bench.Running[0], good: false);
        Assert.Equal("ddddd", bench.Suspended());
        bench.Add("n", "smtp:dead");
        Assert.Equal("n", bench.Suspended());
        Assert.Equal("", bench.Start());
    }

    [Fact]
    public void WakeUp_AfterMinimalBackoff_TheDestinationIsTriedAgain()
    {
        var bench = DeadDestination();
        Assert.Equal(TimeSpan.FromSeconds(300), bench.Scheduler.UntilWakeUp);
        bench.Time.AdvanceSeconds(300);
        bench.Scheduler.WakeUp();
        bench.Add("n", "smtp:dead");
        Assert.Equal("n", bench.Start());
        Assert.Null(bench.Scheduler.UntilWakeUp);
    }

    [Fact]
    public void ForgetFailures_TheDestinationIsTriedAtOnce()
    {
        var bench = DeadDestination();
        bench.Scheduler.TransportFailed("lmtp", SchedulerBench.Refused);
        bench.Scheduler.ForgetFailures();
        bench.Add("n", "smtp:dead", "lmtp:x");
        Assert.Equal("nn", bench.Start());
    }

    [Fact]
    public void Success_OfADeliveryFromBefore_RevivesTheDestination()
    {
        var bench = new SchedulerBench(Smtp);
        for (var i = 0; i < 5; i++)
        {
            bench.Add("d", "smtp:dead");
        }

        bench.Start();
        for (var i = 0; i < 4; i++)
        {
            bench.Finish(bench.Running[0], good: false);
        }

        bench.FinishAll();
        bench.Add("n", "smtp:dead");
        Assert.Equal("n", bench.Start());
    }

    [Fact]
    public void TransportFailed_ItsMailIsSuspended_UntilRetryTime()
    {
        var bench = new SchedulerBench(Smtp with { ProcessLimit = 1 });
        bench.Add("a", "smtp:x", "smtp:y", "lmtp:z");
        Assert.Equal("aa", bench.Start());
        bench.Scheduler.TransportFailed("smtp", SchedulerBench.Refused);
        Assert.Equal("a", bench.Suspended());
        bench.FinishAll();
        bench.Add("b", "smtp:x");
        Assert.Equal("b", bench.Suspended());
        bench.Time.AdvanceSeconds(60);
        bench.Scheduler.WakeUp();
        bench.Add("c", "smtp:x");
        Assert.Equal("c", bench.Start());
    }

    [Fact]
    public void DestinationRateDelay_OneDeliveryADelay()
    {
        var bench = new SchedulerBench(Smtp with { DestinationRateDelay = TimeSpan.FromSeconds(10) });
        bench.Add("1", "smtp:a");
        bench.Add("2", "smtp:a", "smtp:b");
        Assert.Equal("12", bench.Start());
        bench.FinishAll();
        Assert.Equal("", bench.Start());
        bench.Time.AdvanceSeconds(9.9);
        bench.Scheduler.WakeUp();
        Assert.Equal("", bench.Start());
        bench.Time.AdvanceSeconds(0.1);
        bench.Scheduler.WakeUp();
        Assert.Equal("2", bench.Start());
    }

    [Fact]
    public void TransportRateDelay_OneDeliveryADelayOverAllDestinations()
    {
        var bench = new SchedulerBench(Smtp with { TransportRateDelay = TimeSpan.FromSeconds(20) });
        bench.Add("1", "smtp:a", "smtp:b");
        Assert.Equal("1", bench.Start());
        bench.FinishAll();
        Assert.Equal("", bench.Start());
        bench.Time.AdvanceSeconds(20);
        bench.Scheduler.WakeUp();
        Assert.Equal("1", bench.Start());
    }

    [Fact]
    public void Remove_WaitingEntriesLeave_RunningOnesStay()
    {
        var bench = new SchedulerBench(Smtp with { ConcurrencyLimit = 1 });
        var message = bench.Add("1", "smtp:a*60", "smtp:b");
        bench.Add("2", "smtp:a");
        Assert.Equal("11", bench.Start());
        var removed = DeliveryScheduler.Remove(message);
        Assert.Equal(10, Assert.Single(removed).Recipients.Count);
        bench.FinishAll();
        Assert.Equal("2", bench.Start());
        bench.FinishAll();
        Assert.Equal(0, bench.Scheduler.Busy);
    }

    [Fact]
    public void Add_LaterBatch_KeepsTheMessagesPlaceInLine()
    {
        var bench = new SchedulerBench(Smtp with { ConcurrencyLimit = 1, SlotCost = 0 });
        var large = bench.Add("L", "smtp:x");
        large.UnreadRecipients = 10;
        bench.Add("s", "smtp:x");
        bench.Add("s", "smtp:x");
        Assert.Equal("L", bench.Start());
        bench.AddTo(large, "smtp:x", "smtp:x*100");
        Assert.Equal("LLLss", Continue(bench));
    }

    [Fact]
    public void RandomTraffic_EveryRecipientIsDeliveredOnce()
    {
        var random = new Random(42);
        var bench = new SchedulerBench(Smtp with { RecipientLimit = 3, ProcessLimit = 30, ConcurrencyLimit = 4 }, new TransportSettings { Name = "lmtp", RecipientLimit = 1 });
        var delivered = new Dictionary<SchedulerBench.TestMessage, HashSet<int>>();
        var expected = 0;
        for (var step = 0; step < 4000; step++)
        {
            if (step < 2000)
            {
                var routes = new string[random.Next(1, 4)];
                for (var i = 0; i < routes.Length; i++)
                {
                    routes[i] = $"{(random.Next(3) == 0 ? "lmtp" : "smtp")}:d{random.Next(20)}*{(random.Next(50) == 0 ? 100 : random.Next(1, 5))}";
                }

                expected += bench.Add("m", routes).Recipients;
            }

            bench.Start();
            bench.Time.AdvanceSeconds(0.05);
            for (var i = random.Next(20); i > 0 && bench.Running.Count > 0; i--)
            {
                var entry = bench.Running[random.Next(bench.Running.Count)];
                Count(entry);
                bench.Finish(entry, good: random.Next(20) > 0);
            }

            while (bench.Scheduler.TryTakeSuspended(out var suspended))
            {
                Count(suspended);
            }

            bench.Scheduler.WakeUp();
        }

        Assert.Equal(0, bench.Scheduler.Busy);
        Assert.Equal(expected, delivered.Values.Sum(set => set.Count));

        void Count(DeliveryEntry entry)
        {
            var message = (SchedulerBench.TestMessage)entry.Message;
            if (!delivered.TryGetValue(message, out var set))
            {
                delivered.Add(message, set = []);
            }

            Assert.All(entry.Recipients, recipient => Assert.True(set.Add(recipient.Index)));
        }
    }

    private static string Continue(SchedulerBench bench)
    {
        bench.FinishAll();
        return bench.RunOneByOne();
    }

    private static SchedulerBench DeadDestination()
    {
        var bench = new SchedulerBench(Smtp with { InitialConcurrency = 1 });
        bench.Add("d", "smtp:dead");
        bench.Start();
        bench.FinishAll(good: false);
        return bench;
    }

    [Fact]
    public void TryTake_DeliveriesOneAfterTheOther_KeepTheirConnections()
    {
        var bench = new SchedulerBench(Smtp);
        for (var i = 0; i < 9; i++)
        {
            bench.Add("m", "smtp:a");
        }

        bench.Start();
        Assert.All(bench.Running, e => Assert.False(e.DestinationIsBusy)); // a burst within the first window
        bench.Finish(bench.Running[0]);
        bench.Start(1);
        Assert.True(bench.Running[^1].DestinationIsBusy);

        bench.Time.AdvanceSeconds(3);
        bench.Start(1);
        Assert.True(bench.Running[^1].DestinationIsBusy); // others run still
    }

    [Theory]
    [InlineData(0.09, true)]
    [InlineData(0.11, false)]
    public void TryTake_DestinationWasEmptyForAMoment_IsBusyStill(double seconds, bool isBusy)
    {
        var bench = new SchedulerBench(Smtp);
        bench.Add("m", "smtp:a");
        bench.Start();
        bench.FinishAll();
        bench.Time.AdvanceSeconds(seconds);
        bench.Add("n", "smtp:a");
        bench.Add("n", "smtp:b");
        bench.Start();
        Assert.Equal([isBusy, false], bench.Running.Select(e => e.DestinationIsBusy));
    }

    [Fact]
    public void TryTake_NothingRanForSeconds_KeepsNoConnection()
    {
        var bench = new SchedulerBench(Smtp with { DestinationRateDelay = TimeSpan.FromSeconds(5) });
        bench.Add("m", "smtp:a");
        bench.Add("n", "smtp:a");
        bench.Start();
        bench.FinishAll();
        bench.Time.AdvanceSeconds(6);
        bench.Scheduler.WakeUp();
        Assert.Equal("n", bench.Start());
        Assert.False(bench.Running[^1].DestinationIsBusy);
    }
}
