using Estafeta.Daemons.QueueManager;

namespace Estafeta.Tests.Daemons.QueueManager;

public sealed class InFlowTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new();
    private readonly InFlow _inFlow;

    public InFlowTests() => _inFlow = new InFlow(_time);

    [Fact]
    public void Wait_NothingInIncoming_IsAtOnce() => Assert.True(Wait(Second).IsCompletedSuccessfully);

    [Fact]
    public void Wait_DelayIsZero_IsAtOnce()
    {
        _inFlow.FallBehind();
        Assert.True(Wait(TimeSpan.Zero).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Wait_Behind_EndsWhenTheDelayHasPassed()
    {
        _inFlow.FallBehind();
        var waiting = Wait(Second);
        _time.AdvanceSeconds(0.9);
        Assert.Equal((1, false), (_inFlow.WaitingCount, waiting.IsCompleted));
        _time.AdvanceSeconds(0.1);
        await Ended(waiting);
        Assert.Equal((0, false), (_inFlow.WaitingCount, _time.HasTimers));
    }

    [Fact]
    public async Task CatchUp_LetsOneInForEachMessageTaken_AndAllWithTheLast()
    {
        _inFlow.FallBehind();
        var waiting = Enumerable.Range(0, 4).Select(_ => Wait(Second)).ToList();
        _inFlow.CatchUp(isLast: false);
        await Ended(waiting[0]);
        Assert.Equal(3, _inFlow.WaitingCount);
        _inFlow.CatchUp(isLast: false);
        await Ended(waiting[1]);
        Assert.Equal(2, _inFlow.WaitingCount);
        _inFlow.CatchUp(isLast: true);
        await Ended(Task.WhenAll(waiting));
        Assert.True(Wait(Second).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task CatchUp_TheFirstHasGone_TheNextIsLetIn()
    {
        _inFlow.FallBehind();
        using var gone = new CancellationTokenSource();
        var first = _inFlow.WaitAsync(Second, gone.Token).AsTask();
        var second = Wait(Second);
        await gone.CancelAsync();
        _inFlow.CatchUp(isLast: false);
        await Ended(second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ended(first));
    }

    [Fact]
    public async Task Stop_LetsAllInForGood()
    {
        _inFlow.FallBehind();
        var waiting = Wait(Second);
        _inFlow.Stop();
        await Ended(waiting);
        _inFlow.FallBehind();
        Assert.True(Wait(Second).IsCompletedSuccessfully);
    }

    private Task Wait(TimeSpan most) => _inFlow.WaitAsync(most, CancellationToken.None).AsTask();

    private static Task Ended(Task waiting) => waiting.WaitAsync(Patience, TestContext.Current.CancellationToken);
}
