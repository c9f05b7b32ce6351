using System.Net;
using System.Net.Sockets;
using Estafeta.Tables.Sql.Sqlite;
using Estafeta.Tables.Text;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Tables;

/// <summary>The three SQL servers with the same little schema, and how a table reaches each.</summary>
internal static class SqlBackEnds
{
    public const string Schema = """
        CREATE TABLE aliases (mailbox VARCHAR(100), goto VARCHAR(200), note VARCHAR(200));
        INSERT INTO aliases VALUES ('alice@example.com', 'alice@a.test', 'n1');
        INSERT INTO aliases VALUES ('alice@example.com', 'alice@b.test', NULL);
        INSERT INTO aliases VALUES ('bob@example.com', 'bob', 'n2');
        INSERT INTO aliases VALUES ('o''neil@example.com', 'oneil@c.test', 'n3');
        INSERT INTO aliases VALUES ('back\slash@example.com', 'bs@c.test', 'n4');
        INSERT INTO aliases VALUES ('empty@example.com', '', 'n5');
        INSERT INTO aliases VALUES ('info@sub.example.com', 'info@c.test', 'n6');
        INSERT INTO aliases VALUES ('müller@example.com', 'm@c.test', 'n7');
        INSERT INTO aliases VALUES ('many', 'r1', NULL);
        INSERT INTO aliases VALUES ('many', 'r2', NULL);
        INSERT INTO aliases VALUES ('many', 'r3', NULL);
        INSERT INTO aliases VALUES ('control', 'line1
        line2', NULL);
        INSERT INTO aliases VALUES ('only', 'the only value', NULL);

        """;

    /// <summary>What a server needs to end.</summary>
    public sealed record Running(string Connection, IAsyncDisposable? Server) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? default;
    }

    /// <summary>Who the server runs as when we are root, if it minds.</summary>
    public static string? User(string type) => type == "pgsql" ? "postgres" : null;

    /// <param name="type">pgsql, mysql or sqlite.</param>
    /// <param name="root">A directory for its files.</param>
    /// <param name="schema">Statements, each ended by a semicolon and a line end.</param>
    public static Task<Running> StartAsync(string type, string root, string schema = Schema) => type switch
    {
        "pgsql" => StartPostgresAsync(root, schema),
        "mysql" => StartMariaDbAsync(root, schema),
        _ => Task.FromResult(CreateSqlite(root, schema)),
    };

    private static async Task<Running> StartPostgresAsync(string root, string schema)
    {
        const string version = "/usr/lib/postgresql/15/bin/";
        var initdb = ServerProcess.Require(version + "initdb", "/usr/lib/postgresql/17/bin/initdb");
        var binaries = Path.GetDirectoryName(initdb)!;
        var port = FreePort.Take();
        await ServerProcess.RunAsync("postgres", "", initdb, "-D", root + "/data", "-U", "mail", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C");
        var server = await ServerProcess.StartAsync(
            "postgres", new UnixDomainSocketEndPoint($"{root}/.s.PGSQL.{port}"), $"{binaries}/postgres", "-D", root + "/data", "-k", root, "-p", $"{port}", "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1");

        // The socket is there before the server takes queries.
        await ServerProcess.RunAsync(
            "postgres", "", "/bin/sh", "-c", $"for i in $(seq 600); do {binaries}/pg_isready -q -h {root} -p {port} && exit 0; sleep 0.1; done; exit 1");
        await ServerProcess.RunAsync("postgres", schema, $"{binaries}/psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", root, "-p", $"{port}", "-U", "mail", "postgres");
        return new Running($"hosts = 127.0.0.1:{port}\nuser = mail\ndbname = postgres\n", server);
    }

    private static async Task<Running> StartMariaDbAsync(string root, string schema)
    {
        var daemon = ServerProcess.Require("/usr/sbin/mariadbd");
        var install = ServerProcess.Require("/usr/bin/mariadb-install-db");
        var client = ServerProcess.Require("/usr/bin/mariadb");
        await ServerProcess.RunAsync(
            null, "", install, "--no-defaults", $"--user={Environment.UserName}", $"--datadir={root}/data", "--auth-root-authentication-method=normal", "--skip-test-db");
        var port = FreePort.Take();
        var server = await ServerProcess.StartAsync(
            null, new IPEndPoint(IPAddress.Loopback, port), daemon, "--no-defaults", $"--user={Environment.UserName}", $"--datadir={root}/data", $"--socket={root}/sock", $"--port={port}",
            "--bind-address=127.0.0.1", "--character-set-server=utf8mb4", $"--pid-file={root}/pid", "--innodb-flush-log-at-trx-commit=0");
        var statements = "CREATE DATABASE mail CHARACTER SET utf8mb4; USE mail;\n" + schema.Replace("\\", "\\\\", StringComparison.Ordinal)
            + "CREATE USER mail@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON mail.* TO mail@'127.0.0.1';\n";
        await ServerProcess.RunAsync(null, statements, client, "--no-defaults", "-u", "root", $"--socket={root}/sock", "--default-character-set=utf8mb4");
        return new Running($"hosts = 127.0.0.1:{port}\nuser = mail\npassword = secret\ndbname = mail\noption_group =\n", server);
    }

    private static unsafe Running CreateSqlite(string root, string schema)
    {
        var path = root + "/mail.sqlite";
        const int readWriteCreate = 6;
        Assert.Equal(SqliteLibrary.Ok, SqliteLibrary.Open(path, out var database, readWriteCreate, 0));
        foreach (var statement in schema.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var text = RawText.Encode(statement);
            Assert.Equal(SqliteLibrary.Ok, SqliteLibrary.Prepare(database, text, text.Length, out var prepared, out _));
            Assert.Equal(SqliteLibrary.Done, SqliteLibrary.Step(prepared));
            _ = SqliteLibrary.Finish(prepared);
        }

        _ = SqliteLibrary.Close(database);
        return new Running($"dbpath = {path}\n", null);
    }
}
