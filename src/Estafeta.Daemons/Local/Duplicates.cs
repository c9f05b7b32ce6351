namespace Estafeta.Daemons.Local;

/// <summary>What has been delivered to already while one recipient is expanded (duplicate_filter_limit); case does not matter.</summary>
public sealed class Duplicates(int limit)
{
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True the first time; beyond the limit, where nothing is remembered any more, always.</summary>
    public bool IsFirst(string what)
    {
        if (_seen.Contains(what))
        {
            return false;
        }

        if (limit == 0 || _seen.Count < limit)
        {
            _seen.Add(what);
        }

        return true;
    }
}
