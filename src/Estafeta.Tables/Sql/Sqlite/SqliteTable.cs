using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql.Sqlite;

/// <summary><c>sqlite:/file</c>, sqlite_table(5): an SQLite 3 database by the system's libsqlite3, opened for reading.</summary>
internal static class SqliteTable
{
    public static ILookupTable Open(TableRequest request)
    {
        ClientLibrary.Require(SqliteLibrary.Name, request);
        var parameters = TableParameters.Load(request);
        var path = parameters.GetRequired("dbpath");
        if (parameters.Get("query", "").Contains('"'))
        {
            request.Tables.Warn($"{request.Source}: query contains '\"': use single quotes around %s and its like, for which keys are escaped");
        }

        var settings = SqlSettings.Load(parameters, request) with { RequiresResultSet = false };
        return new SqlTable(request, settings, _ => new SqliteConnection(path));
    }
}
