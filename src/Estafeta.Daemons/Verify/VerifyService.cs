using System.Collections.Concurrent;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Verify;

/// <summary>
/// verify(8): answers from its cache, sends a probe when the cache does not know or is getting old, and learns from the queue
/// manager what became of probes. Only a probe's outcome changes the cache, so nothing a client sends can poison it.
/// </summary>
internal sealed class VerifyService(VerifySettings settings, IVerificationStore store, ProbeSender sendProbe, TimeProvider time) : IAddressVerifier
{
    /// <summary>A probe that has not come back by then is sent again.</summary>
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromSeconds(1000);

    private readonly ConcurrentDictionary<string, VerificationEntry> _entries = new(store.Load(), StringComparer.Ordinal);

    public async ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken)
    {
        var key = address.ToLowerInvariant();
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var entry = _entries.GetValueOrDefault(key);
        if (entry == null || IsExpired(entry, now))
        {
            entry = new VerificationEntry(VerificationOutcome.InProgress, entry?.Probed ?? 0, 0, VerificationAnswer.InProgress.Text);
        }

        var needsProbe = entry.Outcome == VerificationOutcome.InProgress || IsStale(entry, now);
        if (needsProbe && now - entry.Probed > (long)ProbeLifetime.TotalSeconds)
        {
            entry = entry with { Probed = now };
            _entries[key] = entry;
            store.Put(key, entry);
            await sendProbe(settings.Sender, address, cancellationToken);
        }

        return new VerificationAnswer(entry.Outcome, entry.Text);
    }

    /// <summary>The queue manager's word on a probe.</summary>
    public void ProbeFinished(string address, DeliveryStatus status)
    {
        var key = address.ToLowerInvariant();
        var outcome = status.Action == DeliveryAction.Deliverable ? VerificationOutcome.Deliverable
            : status.Status.IsPermanent ? VerificationOutcome.Undeliverable
            : VerificationOutcome.Deferred;
        if (outcome != VerificationOutcome.Deliverable)
        {
            if (!settings.KeepsNegative)
            {
                _entries.TryRemove(key, out _);
                store.Remove(key);
                return;
            }

            // What was deliverable and now fails for the moment stays deliverable until it expires.
            if (outcome == VerificationOutcome.Deferred && _entries.TryGetValue(key, out var known) && known.Outcome == VerificationOutcome.Deliverable)
            {
                _entries[key] = known with { Probed = 0 };
                return;
            }
        }

        var entry = new VerificationEntry(outcome, 0, time.GetUtcNow().ToUnixTimeSeconds(), $"{status.Status} {status.Reason}");
        _entries[key] = entry;
        store.Put(key, entry);
    }

    /// <summary>Drops what has expired; every address_verify_cache_cleanup_interval.</summary>
    public (int Retained, int Dropped) Clean()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var dropped = 0;
        foreach (var (key, entry) in _entries)
        {
            if (IsExpired(entry, now) && _entries.TryRemove(key, out _))
            {
                store.Remove(key);
                dropped++;
            }
        }

        return (_entries.Count, dropped);
    }

    private bool IsExpired(VerificationEntry entry, long now) => entry.Outcome switch
    {
        VerificationOutcome.InProgress => now - entry.Probed > (long)ProbeLifetime.TotalSeconds,
        VerificationOutcome.Deliverable => now - entry.Updated > (long)settings.PositiveExpireTime.TotalSeconds,
        _ => now - entry.Updated > (long)settings.NegativeExpireTime.TotalSeconds,
    };

    private bool IsStale(VerificationEntry entry, long now) =>
        now - entry.Updated > (long)(entry.Outcome == VerificationOutcome.Deliverable ? settings.PositiveRefreshTime : settings.NegativeRefreshTime).TotalSeconds;
}

/// <summary>Puts a probe message into the queue. Does not wait for its delivery.</summary>
internal delegate ValueTask ProbeSender(string sender, string recipient, CancellationToken cancellationToken);

/// <summary>Where the cache survives a restart: the table of address_verify_map, or nothing when it is empty.</summary>
internal interface IVerificationStore
{
    IEnumerable<KeyValuePair<string, VerificationEntry>> Load();

    void Put(string address, VerificationEntry entry);

    void Remove(string address);
}
