using Estafeta.Queue.Scheduling;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// Tells the administrator when one destination fills the active queue, with Postfix's words and advice; at most once every
/// qmgr_clog_warn_time for each, and only with helpful_warnings.
/// </summary>
internal sealed class ClogWarnings(Func<QueueManagerSettings> settings, Func<string, TransportSettings> transports, IMailLog log, TimeProvider time)
{
    // Below this share of the queue's limit a destination is no trouble to others.
    private const int Share = 5;
    private const double Most = 0.9;

    private readonly Dictionary<(string Transport, string Nexthop), DateTimeOffset> _warned = [];

    /// <summary>Called for every delivery that starts; cheap unless there is something to say. Not thread-safe.</summary>
    public void Check(DeliveryEntry entry, int messages)
    {
        var current = settings();
        if (entry.DestinationEntries <= current.ActiveMessageLimit / Share || !current.HelpfulWarnings || current.ClogWarnTime <= TimeSpan.Zero)
        {
            return;
        }

        var now = time.GetUtcNow();
        var key = (entry.Transport, entry.Nexthop);
        if (!_warned.TryGetValue(key, out var last) || now - last >= current.ClogWarnTime)
        {
            _warned[key] = now;
            Warn(entry, messages);
        }
    }

    private void Warn(DeliveryEntry entry, int messages)
    {
        var transport = transports(entry.Transport);
        log.Warning($"mail for {entry.Nexthop} is using up {entry.DestinationEntries} of {messages} active queue entries");
        if (entry.DestinationEntries < Most * messages)
        {
            log.Warning($"you may need a separate master.cf transport for {entry.Nexthop}");
        }

        if (transport.ConcurrencyLimit == 0 || entry.DestinationDeliveries < transport.ConcurrencyLimit)
        {
            log.Warning($"you may need to reduce {entry.Transport} connect and helo timeouts");
            log.Warning("so that Postfix quickly skips unavailable hosts");
            log.Warning("you may need to increase the main.cf minimal_backoff_time and maximal_backoff_time");
            log.Warning("so that Postfix wastes less time on undeliverable mail");
            log.Warning($"you may need to increase the master.cf {entry.Transport} process limit");
        }
        else
        {
            log.Warning($"you may need to increase the main.cf {entry.Transport}_destination_concurrency_limit from {transport.ConcurrencyLimit}");
        }

        log.Warning("please avoid flushing the whole queue when you have");
        log.Warning("lots of deferred mail, that is bad for performance");
        log.Warning("to turn off these warnings specify: qmgr_clog_warn_time = 0");
    }
}
