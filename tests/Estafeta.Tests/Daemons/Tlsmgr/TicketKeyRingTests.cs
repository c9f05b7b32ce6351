using Estafeta.Daemons.Tlsmgr;

namespace Estafeta.Tests.Daemons.Tlsmgr;

public class TicketKeyRingTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    [Fact]
    public void Keys_AreHandedOutAhead_AndOpenForALifetimeAfterTheySealed()
    {
        var time = new ManualTime();
        var ring = new TicketKeyRing(time);
        var first = ring.Current(Lifetime);
        Assert.Equal(2, first.Count);
        Assert.True(first[0].SealsFrom <= time.GetUtcNow() && first[1].SealsFrom == time.GetUtcNow() + Lifetime);

        time.Advance(Lifetime);
        var second = ring.Current(Lifetime);
        Assert.Equal(3, second.Count);
        Assert.Same(first[1], second[1]);
        Assert.True(second[0].OpensUntil == time.GetUtcNow() + Lifetime);

        time.Advance(Lifetime);
        Assert.DoesNotContain(first[0], ring.Current(Lifetime));
    }

    [Fact]
    public void AfterAPause_TheRingBeginsAnew()
    {
        var time = new ManualTime();
        var ring = new TicketKeyRing(time);
        var old = ring.Current(Lifetime);
        time.Advance(TimeSpan.FromDays(3));
        var keys = ring.Current(Lifetime);
        Assert.Empty(keys.Intersect(old));
        Assert.Equal(2, keys.Count);
        Assert.Equal(4, keys.Concat(old).Select(k => Convert.ToHexString(k.Cipher)).Distinct().Count());
    }
}
