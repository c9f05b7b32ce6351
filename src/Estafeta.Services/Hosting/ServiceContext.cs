using Estafeta.Configuration;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Hosting;

/// <summary>What a daemon gets from its process: who it is, its configuration, its listening sockets, its log and the time.</summary>
public sealed record ServiceContext
{
    /// <summary>First column of master.cf: <c>smtp</c>, <c>127.0.0.1:2525</c>, <c>cleanup</c>.</summary>
    public required string ServiceName { get; init; }

    /// <summary>Second column: inet, unix, pass, unix-dgram.</summary>
    public required string ServiceType { get; init; }

    /// <summary>Eighth column, which is what the process calls itself: <c>smtpd</c>, <c>bounce</c>.</summary>
    public string ProgramName { get; init; } = "";

    /// <summary>main.cf with the entry's -o options.</summary>
    public required ParameterSet Parameters { get; init; }

    /// <summary>The same with <c>stress=yes</c>, for sessions that start while the service is at its limit.</summary>
    public ParameterSet StressParameters => Parameters.With([new("stress", "yes")]);

    /// <summary>Inherited listening sockets; empty for services without one.</summary>
    public IReadOnlyList<ListeningSocket> Listeners { get; init; } = [];

    /// <summary>Sessions or deliveries at once; 0 is no limit.</summary>
    public int ProcessLimit { get; init; } = 100;

    /// <summary>Keeps root (unprivileged column <c>n</c>): local, virtual, pipe.</summary>
    public bool IsPrivileged { get; init; }

    /// <summary>Arguments of the entry that are not -o: the command line of pipe and spawn.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public required IMailLog Log { get; init; }

    /// <summary>The log of another service in this process, by syslog_name and program: the queue process is many daemons.</summary>
    public Func<string, string, IMailLog>? OpenLog { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Counts the work in hand, so that an idle process can end.</summary>
    public ProcessActivity Activity { get; init; } = new(TimeProvider.System);

    /// <summary>
    /// The system stops (SIGTERM), which is more than <c>stopping</c>: a session that waits for its peer ends now (421). While only
    /// <c>stopping</c> is set (a reload, the end of max_idle) sessions go on to their natural end.
    /// </summary>
    public CancellationToken Closing { get; init; }

    /// <summary>
    /// Ends this process in order, as after max_use: sessions go on to their end, and master starts another as root when there is work.
    /// </summary>
    public Action Retire { get; init; } = static () => { };

    /// <summary>Tells master that the service is at its limit; may be called often.</summary>
    public Action ReportBusy { get; init; } = static () => { };
}
