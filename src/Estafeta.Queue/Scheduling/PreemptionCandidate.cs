namespace Estafeta.Queue.Scheduling;

/// <summary>
/// Remembers which job should go before the current one: of those that fit, the one with the most waiting time per entry.
/// Looking for it walks the list, so the answer is kept for a second and improved by each new job meanwhile.
/// </summary>
internal sealed class PreemptionCandidate
{
    private static readonly long Validity = TimeSpan.FromSeconds(1).Ticks;

    private Job? _current;
    private Job? _best;
    private long _foundAt;

    /// <summary>The candidate to put before <paramref name="current"/>, or null. It is not blocked.</summary>
    public Job? Find(Job current, long now)
    {
        if (_current != current || now - _foundAt >= Validity || (_best != null && !IsUsable(_best, current)))
        {
            Search(current, now);
        }

        return _best;
    }

    /// <summary>A new job may be a better candidate than the one remembered.</summary>
    public void Consider(Job job, long now)
    {
        if (_current is { IsListed: true } current && job != current && IsUsable(job, current)
            && (_best == null || IsBetter(job, _best, now)))
        {
            _best = job;
        }
    }

    public void Forget()
    {
        _current = null;
        _best = null;
    }

    private static bool IsUsable(Job job, Job current) =>
        job.IsListed && job.Waiting > 0 && job.Preempted == null && SlotRules.Fits(job, current) && job.HasReadyPeer;

    private static bool IsBetter(Job a, Job b, long now) => Score(a, now) > Score(b, now);

    private static double Score(Job job, long now) => (now - job.Message.EnqueuedTicks + 1.0) / Math.Max(job.MostEntries, 1);

    private void Search(Job current, long now)
    {
        _current = current;
        _best = null;
        _foundAt = now;
        for (var job = current.Next; job != null; job = job.Next)
        {
            if (IsUsable(job, current) && (_best == null || IsBetter(job, _best, now)))
            {
                _best = job;
            }
        }
    }
}
