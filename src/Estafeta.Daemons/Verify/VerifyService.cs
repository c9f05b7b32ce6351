using System.Collections.Concurrent;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Verify;

/// <summary>
/// verify(8): answers from its cache, sends a probe when the cache does not know or is getting old, and learns from the queue
/// manager what became of probes. Only a probe's outcome changes the cache, so nothing a client sends can poison it.
/// </summary>
internal sealed class VerifyService(VerifySettings settings, IVerificationStore store, ProbeSender sendProbe, IMailLog log, TimeProvider time) : IAddressVerifier
{
    /// <summary>A probe that has not come back by then is sent again.</summary>
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromSeconds(1000);

    // Cleaning begins with the first use, as Postfix starts the process only then.
    private readonly TaskCompletionSource _firstUse = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Two clients that ask at once for the same address make one probe.
    private readonly ConcurrentDictionary<string, bool> _beingProbed = new(StringComparer.Ordinal);

    /// <summary>Changed by a reload.</summary>
    public VerifySettings Settings { get; set; } = settings;

    public async ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken)
    {
        _firstUse.TrySetResult();
        var key = address.ToLowerInvariant();
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var entry = await store.FindAsync(key, cancellationToken);
        if (entry == null || IsExpired(entry, now))
        {
            entry = new VerificationEntry(VerificationOutcome.InProgress, entry?.Probed ?? 0, 0, VerificationAnswer.InProgress.Text);
        }

        var needsProbe = entry.Outcome == VerificationOutcome.InProgress || IsStale(entry, now);
        if (needsProbe && now - entry.Probed > (long)ProbeLifetime.TotalSeconds && _beingProbed.TryAdd(key, true))
        {
            try
            {
                await store.PutAsync(key, entry with { Probed = now }, cancellationToken);
                await sendProbe(address, cancellationToken);
            }
            finally
            {
                _beingProbed.TryRemove(key, out _);
            }
        }

        return new VerificationAnswer(entry.Outcome, entry.Text);
    }

    /// <summary>The queue manager's word on a probe.</summary>
    public async ValueTask ProbeFinishedAsync(string address, DeliveryStatus status, CancellationToken cancellationToken)
    {
        _firstUse.TrySetResult();
        var key = address.ToLowerInvariant();
        var outcome = status.Action == DeliveryAction.Deliverable ? VerificationOutcome.Deliverable
            : status.Status.IsPermanent ? VerificationOutcome.Undeliverable
            : VerificationOutcome.Deferred;
        if (outcome != VerificationOutcome.Deliverable)
        {
            // What was deliverable stays so until it expires: one probe may fail for many reasons. The next question sends another.
            if (await store.FindAsync(key, cancellationToken) is { Outcome: VerificationOutcome.Deliverable } known)
            {
                await store.PutAsync(key, known with { Probed = 0 }, cancellationToken);
                return;
            }

            if (!Settings.KeepsNegative)
            {
                await store.RemoveAsync(key, cancellationToken);
                return;
            }
        }

        var entry = new VerificationEntry(outcome, 0, time.GetUtcNow().ToUnixTimeSeconds(), $"{status.Status} {status.Reason}");
        await store.PutAsync(key, entry, cancellationToken);
    }

    /// <summary>Cleans the cache when it is first used and at every address_verify_cache_cleanup_interval.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await _firstUse.Task.WaitAsync(stopping);
            while (Settings.CleanupInterval > TimeSpan.Zero)
            {
                await TryCleanAsync(stopping);
                await Task.Delay(Settings.CleanupInterval, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    /// <summary>Drops what has expired.</summary>
    public async ValueTask<(int Retained, int Dropped)> CleanAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var retained = 0;
        var expired = new List<string>();
        await foreach (var (key, entry) in store.ListAsync(cancellationToken))
        {
            if (entry == null || IsExpired(entry, now))
            {
                expired.Add(key);
            }
            else
            {
                retained++;
            }
        }

        foreach (var key in expired)
        {
            await store.RemoveAsync(key, cancellationToken);
        }

        log.Info($"cache {store.Name} full cleanup: retained={retained} dropped={expired.Count} entries");
        return (retained, expired.Count);
    }

    private async ValueTask TryCleanAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CleanAsync(cancellationToken);
        }
        catch (IOException trouble)
        {
            log.Warning($"cache {store.Name} cleanup: {trouble.Message}");
        }
    }

    private bool IsExpired(VerificationEntry entry, long now) => entry.Outcome switch
    {
        VerificationOutcome.InProgress => now - entry.Probed > (long)ProbeLifetime.TotalSeconds,
        VerificationOutcome.Deliverable => now - entry.Updated > (long)Settings.PositiveExpireTime.TotalSeconds,
        _ => now - entry.Updated > (long)Settings.NegativeExpireTime.TotalSeconds,
    };

    private bool IsStale(VerificationEntry entry, long now) =>
        now - entry.Updated > (long)(entry.Outcome == VerificationOutcome.Deliverable ? Settings.PositiveRefreshTime : Settings.NegativeRefreshTime).TotalSeconds;
}

/// <summary>Puts a probe message into the queue. Does not wait for its delivery.</summary>
internal delegate ValueTask ProbeSender(string recipient, CancellationToken cancellationToken);
