namespace Estafeta.Tables.Caching;

/// <summary>
/// <c>{ type:name, cache_ttl = 60s, stale_ok = 10m }</c>: remembers answers, found or not, for a time; and while the table is in trouble, what it last
/// said for a time more. Look-ups of one key at once become one. Estafeta's own; without the attributes nothing is remembered.
/// </summary>
internal sealed class CachedTable(ILookupTable inner, TimeSpan lifetime, TimeSpan staleLifetime, TimeProvider time, Action<string> warn) : ILookupTable
{
    // Two generations: what is not asked for while the young one fills twice is forgotten.
    private const int GenerationSize = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<LookupResult>> _underWay = new(StringComparer.Ordinal);
    private Dictionary<string, Remembered> _young = new(StringComparer.Ordinal);
    private Dictionary<string, Remembered> _old = new(StringComparer.Ordinal);

    public string Name => inner.Name;

    public bool HasFixedKeys => inner.HasFixedKeys;

    public async ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        Task<LookupResult>? asking;
        Remembered? remembered;
        lock (_lock)
        {
            remembered = Find(key);
            if (remembered != null && time.GetElapsedTime(remembered.At) < lifetime)
            {
                return remembered.Result;
            }

            if (!_underWay.TryGetValue(key, out asking))
            {
                asking = AskAsync(key);
                if (!asking.IsCompleted)
                {
                    _underWay.Add(key, asking);
                }
            }
        }

        var result = await asking.WaitAsync(cancellationToken);
        if (!result.IsTrouble || remembered == null || time.GetElapsedTime(remembered.At) >= lifetime + staleLifetime)
        {
            return result;
        }

        warn($"{Name}: {result.Value}: using the answer of {time.GetElapsedTime(remembered.At).TotalSeconds:F0}s ago for \"{key}\"");
        return remembered.Result;
    }

    // The table belongs to its set.
    public ValueTask DisposeAsync() => default;

    private async Task<LookupResult> AskAsync(string key)
    {
        try
        {
            // Several wait for it: none of them may cancel it for the others.
            var result = await inner.LookupAsync(key, CancellationToken.None);
            if (!result.IsTrouble)
            {
                Remember(key, result);
            }

            return result;
        }
        finally
        {
            lock (_lock)
            {
                _underWay.Remove(key);
            }
        }
    }

    private Remembered? Find(string key)
    {
        if (_young.TryGetValue(key, out var remembered))
        {
            return remembered;
        }

        if (_old.Remove(key, out remembered))
        {
            _young.Add(key, remembered);
        }

        return remembered;
    }

    private void Remember(string key, LookupResult result)
    {
        lock (_lock)
        {
            if (_young.Count >= GenerationSize)
            {
                _old = _young;
                _young = new Dictionary<string, Remembered>(StringComparer.Ordinal);
            }

            _young[key] = new Remembered(result, time.GetTimestamp());
        }
    }

    private sealed record Remembered(LookupResult Result, long At);
}
