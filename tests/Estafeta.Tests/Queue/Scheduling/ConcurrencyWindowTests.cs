using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

public sealed class ConcurrencyWindowTests
{
    private static readonly TransportSettings Defaults = new() { Name = "smtp" };

    [Fact]
    public void New_StartsAtInitialConcurrency() => Assert.Equal(5, new ConcurrencyWindow(Defaults).Size);

    [Fact]
    public void New_InitialAboveLimit_StartsAtLimit() =>
        Assert.Equal(2, new ConcurrencyWindow(Defaults with { ConcurrencyLimit = 2 }).Size);

    [Fact]
    public void OnSuccess_DefaultFeedback_GrowsByOneUpToTheLimit()
    {
        var window = new ConcurrencyWindow(Defaults);
        window.OnSuccess(5);
        Assert.Equal(6, window.Size);
        for (var i = 0; i < 100; i++)
        {
            window.OnSuccess(window.Size);
        }

        Assert.Equal(20, window.Size);
    }

    [Fact]
    public void OnSuccess_LittleUsed_DoesNotGrowFarBeyondUse()
    {
        var window = new ConcurrencyWindow(Defaults);
        for (var i = 0; i < 100; i++)
        {
            window.OnSuccess(1);
        }

        Assert.Equal(6, window.Size);
    }

    [Fact]
    public void OnSuccess_OneOverConcurrency_GrowsAfterACohort()
    {
        var window = new ConcurrencyWindow(Defaults with { PositiveFeedback = ConcurrencyFeedback.Parse("p", "1/concurrency") });
        for (var i = 0; i < 4; i++)
        {
            window.OnSuccess(5);
        }

        Assert.Equal(5, window.Size);
        window.OnSuccess(5);
        Assert.Equal(6, window.Size);
    }

    [Fact]
    public void OnFailure_OneOverConcurrency_ShrinksAtTheBeginningOfACohort()
    {
        var window = new ConcurrencyWindow(Defaults with
        {
            NegativeFeedback = ConcurrencyFeedback.Parse("p", "1/concurrency"),
            FailedCohortLimit = 100,
        });
        window.OnFailure();
        Assert.Equal(4, window.Size);
        window.OnFailure();
        window.OnFailure();
        Assert.Equal(4, window.Size);
        window.OnFailure();
        window.OnFailure();
        Assert.Equal(3, window.Size);
    }

    [Fact]
    public void OnFailure_OneCohort_IsDead()
    {
        // 1/5 + 1/4 + 1/3 + 1/2 is the first sum above one cohort.
        var window = new ConcurrencyWindow(Defaults);
        Assert.False(window.OnFailure());
        Assert.False(window.OnFailure());
        Assert.False(window.OnFailure());
        Assert.True(window.OnFailure());
        Assert.True(window.IsDead);
    }

    [Fact]
    public void OnFailure_ConcurrencyOne_OneFailureIsACohort()
    {
        var window = new ConcurrencyWindow(Defaults with { InitialConcurrency = 1 });
        Assert.True(window.OnFailure());
    }

    [Fact]
    public void OnFailure_SuccessBetween_StartsTheCohortAgain()
    {
        var window = new ConcurrencyWindow(Defaults with { InitialConcurrency = 2, ConcurrencyLimit = 2 });
        Assert.False(window.OnFailure());
        window.OnSuccess(2);
        Assert.Equal(2, window.Size);
        Assert.False(window.OnFailure());
    }

    [Fact]
    public void OnFailure_ZeroFeedbackAndZeroLimit_ChangesNothing()
    {
        var window = new ConcurrencyWindow(Defaults with { NegativeFeedback = ConcurrencyFeedback.Constant(0), FailedCohortLimit = 0 });
        for (var i = 0; i < 100; i++)
        {
            Assert.False(window.OnFailure());
        }

        Assert.Equal(5, window.Size);
    }

    [Fact]
    public void OnSuccess_Dead_IsAliveAtLeastAsWideAsItsUse()
    {
        var window = new ConcurrencyWindow(Defaults with { InitialConcurrency = 1 });
        window.OnFailure();
        window.OnSuccess(3);
        Assert.Equal(3, window.Size);
    }

    [Fact]
    public void RateDelay_OneAtATime() =>
        Assert.Equal(1, new ConcurrencyWindow(Defaults with { DestinationRateDelay = TimeSpan.FromSeconds(1) }).Size);
}
