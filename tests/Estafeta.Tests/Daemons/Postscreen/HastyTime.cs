namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>Time in which a second's wait, which is what these tests set postscreen_greet_wait to, is over at once. All else takes its time.</summary>
internal sealed class HastyTime : TimeProvider
{
    private static readonly TimeSpan GreetWait = TimeSpan.FromSeconds(1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime == GreetWait && period != GreetWait ? TimeSpan.FromMilliseconds(10) : dueTime, period);
}
