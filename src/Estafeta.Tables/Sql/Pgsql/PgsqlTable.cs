using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql.Pgsql;

/// <summary><c>pgsql:/file</c>, pgsql_table(5): PostgreSQL by libpq, so that <c>hosts</c> may hold its connection URIs.</summary>
internal static class PgsqlTable
{
    private const int ConnectSeconds = 10;
    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(100);

    public static ILookupTable Open(TableRequest request)
    {
        ClientLibrary.Require(PgsqlLibrary.Name, request);
        var parameters = TableParameters.Load(request);
        var settings = SqlSettings.Load(parameters, request) with { RequiresResultSet = false };
        var user = parameters.Get("user", "");
        var password = parameters.Get("password", "");
        var database = parameters.Get("dbname", "");
        var encoding = parameters.Get("encoding", "UTF8");
        return new SqlTable(request, settings, host => new PgsqlConnection(Options(host.Name, user, password, database), encoding, QueryLimit));
    }

    /// <summary>libpq's keywords: a URI goes in as dbname, which libpq takes apart; the settings of the file are defaults before it.</summary>
    internal static List<KeyValuePair<string, string>> Options(string host, string user, string password, string database)
    {
        var options = new List<KeyValuePair<string, string>>();
        Add("user", user);
        Add("password", password);
        options.Add(new("connect_timeout", ConnectSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        if (host.StartsWith("postgresql://", StringComparison.Ordinal) || host.StartsWith("postgres://", StringComparison.Ordinal))
        {
            Add("dbname", database);
            options.Add(new("dbname", host));
            return options;
        }

        AddAddress(host);
        Add("dbname", database);
        return options;

        void Add(string keyword, string value)
        {
            if (value.Length > 0)
            {
                options.Add(new(keyword, value));
            }
        }

        void AddAddress(string text)
        {
            text = text.StartsWith("inet:", StringComparison.Ordinal) || text.StartsWith("unix:", StringComparison.Ordinal) ? text[5..] : text;
            var colon = text.StartsWith('/') || text.EndsWith(']') ? -1 : text.LastIndexOf(':');
            Add("host", (colon < 0 ? text : text[..colon]).Trim('[', ']'));
            Add("port", colon < 0 ? "" : text[(colon + 1)..]);
        }
    }
}
