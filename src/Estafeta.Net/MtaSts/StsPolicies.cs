using System.Collections.Concurrent;

namespace Estafeta.Net.MtaSts;

/// <summary>
/// MTA-STS of RFC 8461: finds, fetches, keeps and renews the policies of domains. A policy in hand counts until it expires, whatever DNS or
/// the policy server say meanwhile: only a newer policy that was really had replaces it. Thread-safe; one per mail system (tlsmgr).
/// </summary>
/// <param name="fetcher">Gets announcements and policies.</param>
/// <param name="store">Keeps policies over a restart.</param>
/// <param name="log">Takes a line (true: a warning).</param>
/// <param name="time">The clock of max_age.</param>
public sealed class StsPolicies(StsPolicyFetcher fetcher, StsPolicyStore store, Action<bool, string> log, TimeProvider time)
{
    /// <summary>RFC 8461 §3.3: a server in trouble is not asked again for every message.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(5);

    /// <summary>RFC 8461 §10.2: renewed at least once a day, so that an attacker cannot wait for the end of max_age.</summary>
    private static readonly TimeSpan RenewalAge = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, StsCacheEntry> _entries = new(store.Load(), StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (StsFinding Finding, long At)> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<StsFinding>> _fetches = new(StringComparer.Ordinal);

    /// <summary>The policy of a domain, fetched when it has to be.</summary>
    /// <param name="domain">ASCII, in lower case, without final dot.</param>
    public async ValueTask<StsFinding> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var known = Current(domain);
        var id = await fetcher.FindIdAsync(domain, cancellationToken);
        if (id == null || id == known?.Id)
        {
            return Finding(known);
        }

        if (_failures.TryGetValue(domain, out var failure) && time.GetElapsedTime(failure.At) < RetryDelay)
        {
            return known == null ? failure.Finding : Finding(known);
        }

        var fetched = await FetchOnceAsync(domain, id).WaitAsync(cancellationToken);
        return fetched.Failure.Length > 0 && known != null ? Finding(known) : fetched;
    }

    /// <summary>Fetches a policy now.</summary>
    public async ValueTask<StsFinding> RefreshAsync(string domain, CancellationToken cancellationToken)
    {
        var id = await fetcher.FindIdAsync(domain, cancellationToken);
        return id == null
            ? new StsFinding(null, "", $"no MTA-STS record at _mta-sts.{domain}")
            : await FetchOnceAsync(domain, id).WaitAsync(cancellationToken);
    }

    /// <summary>Forgets a policy; false when there was none.</summary>
    public bool Purge(string domain)
    {
        _failures.TryRemove(domain, out _);
        return store.Remove(domain) | _entries.TryRemove(domain, out _);
    }

    /// <summary>Renews policies before they expire, and drops those that have. Call it every hour or so.</summary>
    public async Task RenewAsync(CancellationToken stopping)
    {
        foreach (var (domain, entry) in _entries)
        {
            var now = time.GetUtcNow();
            if (now >= entry.Expires)
            {
                Purge(domain);
            }
            else if (now - entry.Fetched >= Min(RenewalAge, entry.Policy.MaxAge / 2))
            {
                var id = await fetcher.FindIdAsync(domain, stopping);
                if (id != null)
                {
                    await FetchOnceAsync(domain, id).WaitAsync(stopping);
                }
            }
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static StsFinding Finding(StsCacheEntry? entry) =>
        entry == null || entry.Policy.Mode == StsMode.None ? StsFinding.Nothing : new StsFinding(entry.Policy);

    private StsCacheEntry? Current(string domain) =>
        _entries.TryGetValue(domain, out var entry) && time.GetUtcNow() < entry.Expires ? entry : null;

    // Many messages for a domain wait for one fetch, and one that gives up does not end it.
    private Task<StsFinding> FetchOnceAsync(string domain, string id)
    {
        lock (_fetches)
        {
            return _fetches.TryGetValue(domain, out var running) ? running : _fetches[domain] = FetchAsync(domain, id);
        }
    }

    private async Task<StsFinding> FetchAsync(string domain, string id)
    {
        await Task.Yield(); // the caller holds the lock
        try
        {
            var found = await fetcher.FetchAsync(domain, CancellationToken.None); // bounded by its own time limit
            if (found.Policy is { } policy)
            {
                Keep(domain, new StsCacheEntry(id, time.GetUtcNow(), policy));
                _failures.TryRemove(domain, out _);
                return policy.Mode == StsMode.None ? StsFinding.Nothing : found;
            }

            log(true, $"MTA-STS policy of {domain}: {found.Failure}: {found.Detail}");
            _failures[domain] = (found, time.GetTimestamp());
            return found;
        }
        finally
        {
            lock (_fetches)
            {
                _fetches.Remove(domain);
            }
        }
    }

    private void Keep(string domain, StsCacheEntry entry)
    {
        _entries[domain] = entry;
        log(false, $"MTA-STS policy of {domain}: id={entry.Id} mode={entry.Policy.Mode.ToString().ToLowerInvariant()} max_age={(long)entry.Policy.MaxAge.TotalSeconds}");
        try
        {
            store.Put(domain, entry);
        }
        catch (IOException e)
        {
            // In memory it counts all the same.
            log(true, $"MTA-STS policy of {domain} cannot be kept: {e.Message}");
        }
    }
}
