namespace Estafeta.TestSystem;

/// <summary>What a test wants of its mail system beyond the usual.</summary>
public sealed record MailSystemOptions
{
    /// <summary>Retries within seconds and restarts at once, so that tests of trouble do not wait.</summary>
    public const string Impatient =
        """
        service_throttle_time = 1s
        queue_run_delay = 1s
        minimal_backoff_time = 1s
        maximal_backoff_time = 2s
        transport_retry_time = 1s
        estafeta_sessions_per_process = 20
        """;

    /// <summary>Lines of main.cf.</summary>
    public string MainCf { get; init; } = "";

    /// <summary>Lines of master.cf.</summary>
    public string MasterCf { get; init; } = "";

    /// <summary>Where mail for other domains goes; without, it is looked for in the DNS.</summary>
    public int? SinkPort { get; init; }

    /// <summary>Process limit of the SMTP service.</summary>
    public int? SmtpdLimit { get; init; }

    /// <summary>
    /// The queue directory is a file system of its own, so big, which only the system's own processes see: they run in a mount
    /// namespace that ends with the test. Needs root.
    /// </summary>
    public int? QueueMegabytes { get; init; }
}
