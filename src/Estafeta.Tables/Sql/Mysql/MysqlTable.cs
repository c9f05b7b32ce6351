using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql.Mysql;

/// <summary><c>mysql:/file</c>, mysql_table(5): MySQL and MariaDB by libmariadb, which also reads my.cnf.</summary>
internal static class MysqlTable
{
    public static ILookupTable Open(TableRequest request)
    {
        ClientLibrary.Require(MysqlLibrary.Name, request);
        var parameters = TableParameters.Load(request);
        var settings = MysqlSettings.Load(parameters);
        return new SqlTable(request, SqlSettings.Load(parameters, request), host => new MysqlConnection(host.Name, settings));
    }
}
