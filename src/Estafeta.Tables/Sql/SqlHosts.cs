namespace Estafeta.Tables.Sql;

/// <summary>
/// The servers of one table. They are tried in random order, those over UNIX-domain sockets first; one that failed is left alone for a while, unless it
/// is the only one. Thread-safe.
/// </summary>
internal sealed class SqlHosts(IReadOnlyList<SqlHost> hosts, TimeSpan retryInterval, TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>A server that is not in <paramref name="tried"/> and has not just failed; null when there is none.</summary>
    public SqlHost? Pick(IReadOnlyCollection<SqlHost> tried)
    {
        lock (_lock)
        {
            return Pick(tried, isLocal: true) ?? Pick(tried, isLocal: false);
        }
    }

    public void Fail(SqlHost host)
    {
        lock (_lock)
        {
            host.FailedAt = time.GetTimestamp();
        }
    }

    public void Succeed(SqlHost host)
    {
        lock (_lock)
        {
            host.FailedAt = 0;
        }
    }

    private SqlHost? Pick(IReadOnlyCollection<SqlHost> tried, bool isLocal)
    {
        SqlHost? picked = null;
        var candidates = 0;
        foreach (var host in hosts)
        {
            if (host.IsLocal == isLocal && !tried.Contains(host) && IsWorthTrying(host) && Random.Shared.Next(++candidates) == 0)
            {
                picked = host;
            }
        }

        return picked;
    }

    private bool IsWorthTrying(SqlHost host) =>
        host.FailedAt == 0 || hosts.Count == 1 || time.GetElapsedTime(host.FailedAt) >= retryInterval;
}
