using Estafeta.Configuration.Lists;
using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql;

/// <summary>What mysql_table(5), pgsql_table(5) and sqlite_table(5) have in common.</summary>
internal sealed record SqlSettings
{
    private const int DefaultConnections = 10;

    public required KeyExpansion Query { get; init; }

    public required AnswerRules Answers { get; init; }

    /// <summary>A statement without a result set is an error.</summary>
    public required bool RequiresResultSet { get; init; }

    public required IReadOnlyList<SqlHost> Hosts { get; init; }

    /// <summary>A server that failed is left alone so long.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>A connection not used for so long is closed.</summary>
    public required TimeSpan IdleInterval { get; init; }

    /// <summary>Connections of this process to the table's servers at once: <c>connections</c>, Estafeta's own.</summary>
    public required int Connections { get; init; }

    /// <exception cref="TableUnavailableException">A setting is missing or wrong.</exception>
    public static SqlSettings Load(TableParameters parameters, TableRequest request)
    {
        var query = parameters.Find("query") ?? LegacyQuery(parameters, request);
        return new SqlSettings
        {
            Query = KeyExpansion.Parse("query", query),
            Answers = AnswerRules.Load(parameters, request),
            RequiresResultSet = parameters.GetBoolean("require_result_set", true),
            Hosts = Parse(parameters.Get("hosts", "")),
            RetryInterval = parameters.GetTime("retry_interval", TimeSpan.FromSeconds(60)),
            IdleInterval = parameters.GetTime("idle_interval", TimeSpan.FromSeconds(60)),
            Connections = parameters.GetInteger("connections", DefaultConnections, 1, 1000),
        };
    }

    // The interfaces before Postfix 2.2.
    private static string LegacyQuery(TableParameters parameters, TableRequest request)
    {
        if (request.Type == "pgsql" && parameters.Find("select_function") is { } function)
        {
            return $"SELECT {function}('%s')";
        }

        return $"SELECT {Required("select_field")} FROM {Required("table")} WHERE {Required("where_field")} = '%s' {parameters.Get("additional_conditions", "")}";

        string Required(string name) => parameters.Find(name)
            ?? throw new TableUnavailableException($"{request.Source}: mandatory parameter 'query' is not specified");
    }

    private static List<SqlHost> Parse(string hosts)
    {
        var list = new List<SqlHost>();
        foreach (var word in WordList.Split(hosts))
        {
            list.Add(new SqlHost(word, word.StartsWith("unix:", StringComparison.Ordinal)));
        }

        if (list.Count == 0)
        {
            list.Add(new SqlHost("localhost", isLocal: false));
        }

        return list;
    }
}
