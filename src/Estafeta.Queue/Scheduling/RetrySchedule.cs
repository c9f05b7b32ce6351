using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// When a message that could not be delivered is tried again, and when it is given up: the wait is the message's age, between
/// minimal_backoff_time and maximal_backoff_time, so that it doubles with each attempt. maximal_queue_lifetime and, for the null
/// sender, bounce_queue_lifetime.
/// </summary>
public sealed record RetrySchedule
{
    public TimeSpan MinimalBackoff { get; init; } = TimeSpan.FromSeconds(300);

    public TimeSpan MaximalBackoff { get; init; } = TimeSpan.FromSeconds(4000);

    public TimeSpan MaximalLifetime { get; init; } = TimeSpan.FromDays(5);

    public TimeSpan BounceLifetime { get; init; } = TimeSpan.FromDays(5);

    /// <param name="parameters">qmgr's.</param>
    /// <param name="warn">Told which values do not go together and are adjusted.</param>
    public static RetrySchedule Read(ParameterSet parameters, Action<string> warn)
    {
        var schedule = new RetrySchedule
        {
            MinimalBackoff = parameters.Get(Parameters.MinimalBackoffTime),
            MaximalBackoff = parameters.Get(Parameters.MaximalBackoffTime),
            MaximalLifetime = parameters.Get(Parameters.MaximalQueueLifetime),
            BounceLifetime = parameters.Get(Parameters.BounceQueueLifetime),
        };
        if (schedule.MaximalBackoff < schedule.MinimalBackoff)
        {
            warn("maximal_backoff_time is smaller than minimal_backoff_time - adjusting maximal_backoff_time");
            schedule = schedule with { MaximalBackoff = schedule.MinimalBackoff };
        }

        if (schedule.BounceLifetime > schedule.MaximalLifetime)
        {
            warn("bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime");
            schedule = schedule with { BounceLifetime = schedule.MaximalLifetime };
        }

        return schedule;
    }

    public DateTimeOffset NextAttempt(DateTimeOffset arrival, DateTimeOffset now)
    {
        var age = now - arrival;
        var wait = age > MaximalBackoff ? MaximalBackoff : age;
        return now + (wait < MinimalBackoff ? MinimalBackoff : wait);
    }

    public bool IsExpired(DateTimeOffset arrival, string sender, DateTimeOffset now) =>
        now - arrival >= (sender.Length == 0 ? BounceLifetime : MaximalLifetime);
}
