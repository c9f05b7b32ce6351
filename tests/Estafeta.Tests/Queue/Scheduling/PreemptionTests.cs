using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

/// <summary>The sequences of SCHEDULER_README: digits are messages, one delivery a digit.</summary>
public sealed class PreemptionTests
{
    private static TransportSettings Smtp(int cost, int discount = 0, int loan = 0, int minimum = 1) => new()
    {
        Name = "smtp",
        RecipientLimit = 2,
        SlotCost = cost,
        SlotDiscount = discount,
        SlotLoan = loan,
        MinimumSlots = minimum,
    };

    private static string Run(TransportSettings settings, params int[] entries)
    {
        var bench = new SchedulerBench(settings);
        for (var i = 0; i < entries.Length; i++)
        {
            // Two recipients a delivery.
            bench.Add($"{i + 1}", $"smtp:relay*{2 * entries[i]}");
            bench.Time.AdvanceSeconds(0.1);
        }

        return bench.RunOneByOne();
    }

    [Fact]
    public void NoSlots_FirstComeFirstServed() => Assert.Equal("11112222", Run(Smtp(0), 4, 4));

    [Fact]
    public void NoLoan_WaitsForAllSlots() => Assert.Equal("11112211113311", Run(Smtp(2), 10, 2, 2));

    [Fact]
    public void Discount_GoesEarlierAndPaysLater() => Assert.Equal("11221111331111", Run(Smtp(2, discount: 50), 10, 2, 2));

    [Fact]
    public void Cost1_SmallOnesSlipIn() => Assert.Equal("12131415", Run(Smtp(1), 4, 1, 1, 1, 1));

    [Fact]
    public void MinimumSlots_SmallMessagesAreNotPreempted() => Assert.Equal("11112", Run(Smtp(2, minimum: 3), 4, 1));

    [Fact]
    public void Loan_MayGoAtOnce() => Assert.StartsWith("2", Run(Smtp(2, loan: 3), 10, 2), StringComparison.Ordinal);

    [Fact]
    public void DefaultSettings_LargeMessageLosesAtMostAQuarter()
    {
        var settings = new TransportSettings { Name = "smtp", RecipientLimit = 2 };
        var bench = new SchedulerBench(settings);
        bench.Add("L", "smtp:relay*400");
        var order = new System.Text.StringBuilder();
        for (var i = 0; i < 600; i++)
        {
            // New small mail all the time.
            bench.Add("s", "smtp:relay");
            bench.Time.AdvanceSeconds(0.1);
            order.Append(bench.Start(1));
            bench.FinishAll();
        }

        var last = order.ToString().LastIndexOf('L');
        Assert.Equal(200, order.ToString().Count(c => c == 'L'));
        Assert.InRange(last, 200, 200 * 5 / 4 + 4);
        Assert.InRange(order.ToString().IndexOf('s'), 0, 3);
    }

    [Fact]
    public void OldLargerMessage_IsNotStarvedBySmallOnes()
    {
        // The one with the most waiting time per delivery goes first, not the smallest.
        var bench = new SchedulerBench(new TransportSettings { Name = "smtp", RecipientLimit = 2 });
        bench.Add("L", "smtp:relay*400");
        bench.Add("m", "smtp:relay*16");
        bench.Time.AdvanceSeconds(60);
        var order = new System.Text.StringBuilder();
        for (var i = 0; i < 230; i++)
        {
            bench.Add("s", "smtp:relay");
            bench.Time.AdvanceSeconds(0.1);
            order.Append(bench.Start(1));
            bench.FinishAll();
        }

        Assert.InRange(order.ToString().IndexOf('m'), 0, 60);
    }

    [Fact]
    public void Preempted_WithBlockedDestination_OthersGoOn()
    {
        var bench = new SchedulerBench(Smtp(2) with { ConcurrencyLimit = 1, InitialConcurrency = 1 });
        bench.Add("1", "smtp:slow*20", "smtp:a*8");
        bench.Add("2", "smtp:slow");
        bench.Add("3", "smtp:b");
        Assert.Equal("113", bench.Start());
        var slow = bench.Running[0];
        Assert.Equal("slow", slow.Nexthop);
        bench.Finish(bench.Running[1]);
        Assert.Equal("1", bench.Start());
        bench.Finish(slow);
        Assert.Equal(1, bench.Start().Length);
    }
}
