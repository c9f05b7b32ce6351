using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql;

/// <summary>Opens a connection to a server of the list.</summary>
/// <exception cref="SqlConnectionException">It does not answer.</exception>
internal delegate SqlConnection SqlConnector(SqlHost host);

/// <summary>
/// What one worker thread does: it keeps a connection, asks, and goes from server to server when one fails. Turns rows into the answer of a table.
/// </summary>
internal sealed class SqlConversation(TableRequest request, SqlSettings settings, SqlHosts hosts, SqlConnector connect) : IBackEndConversation
{
    private SqlConnection? _connection;
    private SqlHost? _host;

    public LookupResult Ask(string key)
    {
        var tried = new List<SqlHost>();
        var reason = "no server is available: all failed a short time ago";
        // A connection kept from before may have been closed by its server: that says nothing about the server.
        var isKept = _connection != null;
        while (isKept || TryConnect(tried, ref reason))
        {
            try
            {
                var statement = settings.Query.Expand(key, _connection!.Escape) ?? ""; // TryConnect or a kept one
                var answer = Answer(key, _connection.Query(statement));
                hosts.Succeed(_host!); // set with the connection
                return answer;
            }
            catch (SqlQueryException e)
            {
                return Trouble($"query failed: {e.Message}");
            }
            catch (SqlConnectionException e)
            {
                Disconnect();
                reason = e.Message;
                if (!isKept)
                {
                    Fail(tried[^1], $"query failed: {reason}");
                }
            }

            isKept = false;
        }

        return LookupResult.Trouble(reason);
    }

    public void Dispose() => Disconnect();

    private bool TryConnect(List<SqlHost> tried, ref string reason)
    {
        while (hosts.Pick(tried) is { } host)
        {
            tried.Add(host);
            try
            {
                _connection = connect(host);
                _host = host;
                return true;
            }
            catch (SqlConnectionException e)
            {
                reason = e.Message;
                Fail(host, $"connect to {request.Type} server {host.Name}: {e.Message}");
            }
        }

        return false;
    }

    private void Fail(SqlHost host, string warning)
    {
        hosts.Fail(host);
        request.Tables.Warn(warning);
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
        _host = null;
    }

    private LookupResult Answer(string key, SqlResult result)
    {
        if (!result.HasResultSet && settings.RequiresResultSet)
        {
            return Trouble("query failed: no result set, use 'require_result_set=no' if it is expected");
        }

        var values = settings.Answers.Collect(request, key);
        foreach (var row in result.Rows)
        {
            foreach (var value in row)
            {
                if (value != null && !values.TryAdd(value, out var problem))
                {
                    return Trouble(problem);
                }
            }
        }

        return values.ToResult();
    }

    private LookupResult Trouble(string reason)
    {
        request.Tables.Warn($"{request.Name}: {reason}");
        return LookupResult.Trouble(reason);
    }
}
