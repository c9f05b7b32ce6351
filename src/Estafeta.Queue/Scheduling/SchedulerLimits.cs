namespace Estafeta.Queue.Scheduling;

/// <summary>What the scheduler needs to know besides each transport's settings.</summary>
public sealed record SchedulerLimits
{
    /// <summary>How long a dead destination is left alone (minimal_backoff_time).</summary>
    public TimeSpan DeadDestinationTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long a transport without a working agent is left alone (transport_retry_time).</summary>
    public TimeSpan TransportRetryTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Dead destinations remembered (qmgr_message_recipient_limit).</summary>
    public int DeadDestinationLimit { get; init; } = 20000;
}
