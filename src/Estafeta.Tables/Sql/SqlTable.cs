using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql;

/// <summary><c>mysql:/file</c>, <c>pgsql:/file</c>, <c>sqlite:/file</c>: a table behind an SQL query. Keys are escaped by the back end's own library.</summary>
internal sealed class SqlTable : LookupTable
{
    private readonly SqlSettings _settings;
    private readonly BackEndWorkers _workers;

    /// <param name="request">What is opened.</param>
    /// <param name="settings">From its file.</param>
    /// <param name="connect">Opens a connection of the back end.</param>
    public SqlTable(TableRequest request, SqlSettings settings, SqlConnector connect)
        : base(request)
    {
        _settings = settings;
        var hosts = new SqlHosts(settings.Hosts, settings.RetryInterval, request.Tables.Time);
        _workers = new BackEndWorkers(() => new SqlConversation(request, settings, hosts, connect), settings.Connections, settings.IdleInterval);
    }

    public override async ValueTask DisposeAsync()
    {
        await _workers.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        // Keys without what the query needs are not asked for.
        if (_settings.Query.Expand(key, static text => text) == null)
        {
            return LookupResult.NotFound;
        }

        var admitted = await _settings.Answers.AdmitAsync(key, cancellationToken);
        return admitted.IsFound ? await _workers.RunAsync(key, cancellationToken) : admitted;
    }
}
