namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// Failed logins by name, of this process, for estafeta_sasl_login_failure_limit: so many in anvil_rate_time_unit, then none until that time is over. Names
/// are counted whether or not they exist. Thread-safe.
/// </summary>
public sealed class FailedLogins(int limit, TimeSpan window, TimeProvider time)
{
    // Whoever invents names must not fill the memory.
    private const int MostNames = 100_000;

    private readonly Dictionary<string, (int Count, long Start)> _names = new(StringComparer.OrdinalIgnoreCase);

    public bool IsLocked(string user)
    {
        lock (_names)
        {
            return limit > 0 && _names.TryGetValue(user, out var entry) && entry.Count >= limit && !IsOver(entry.Start);
        }
    }

    public void Note(string user)
    {
        if (limit == 0)
        {
            return;
        }

        lock (_names)
        {
            if (_names.TryGetValue(user, out var entry) && !IsOver(entry.Start))
            {
                _names[user] = (entry.Count + 1, entry.Start);
                return;
            }

            if (_names.Count >= MostNames)
            {
                foreach (var (name, old) in _names)
                {
                    if (IsOver(old.Start))
                    {
                        _names.Remove(name);
                    }
                }
            }

            if (_names.Count < MostNames)
            {
                _names[user] = (1, time.GetTimestamp());
            }
        }
    }

    private bool IsOver(long start) => time.GetElapsedTime(start) >= window;
}
