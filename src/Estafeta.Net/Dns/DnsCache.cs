namespace Estafeta.Net.Dns;

/// <summary>
/// Answers by name and type until their TTL ends, positive and negative, at most <c>capacity</c> of them. When it is full, what has
/// expired goes; if nothing has, everything goes: simpler than usage order, and a full cache is rare.
/// </summary>
internal sealed class DnsCache(int capacity, TimeProvider time)
{
    /// <summary>A day, and an hour for negative answers: a wrong record must not outlive its correction by much.</summary>
    private const uint MaximumTtl = 86400;
    private const uint MaximumNegativeTtl = 3600;

    private readonly Dictionary<DnsQuestion, (DnsAnswer Answer, long Expiry)> _entries = [];
    private readonly Lock _lock = new();

    public DnsAnswer? Find(DnsQuestion question)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(question, out var entry) && time.GetTimestamp() < entry.Expiry ? entry.Answer : null;
        }
    }

    public void Add(DnsQuestion question, DnsAnswer answer)
    {
        var ttl = Math.Min(answer.Ttl, answer.IsFound ? MaximumTtl : MaximumNegativeTtl);
        if (ttl == 0)
        {
            return;
        }

        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_entries.Count >= capacity)
            {
                MakeRoom(now);
            }

            _entries[question] = (answer, now + ttl * time.TimestampFrequency);
        }
    }

    private void MakeRoom(long now)
    {
        foreach (var (question, entry) in _entries)
        {
            if (entry.Expiry <= now)
            {
                _entries.Remove(question);
            }
        }

        if (_entries.Count >= capacity)
        {
            _entries.Clear();
        }
    }
}
