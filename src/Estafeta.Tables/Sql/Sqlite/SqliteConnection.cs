using System.Runtime.InteropServices;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Sql.Sqlite;

/// <summary>An open SQLite database.</summary>
internal sealed unsafe class SqliteConnection : SqlConnection
{
    private const int BusyMilliseconds = 5000;

    private readonly nint _database;

    /// <exception cref="SqlConnectionException">The file is not there or is no database.</exception>
    public SqliteConnection(string path)
    {
        var error = SqliteLibrary.Open(path, out _database, SqliteLibrary.OpenReadOnly | SqliteLibrary.OpenNoMutex, 0);
        if (error != SqliteLibrary.Ok)
        {
            var message = Message();
            _ = SqliteLibrary.Close(_database);
            throw new SqlConnectionException($"open {path}: {message}");
        }

        _ = SqliteLibrary.SetBusyTimeout(_database, BusyMilliseconds);
    }

    // SQLite knows no other escape inside single quotes.
    public override string Escape(string key) => key.Replace("'", "''", StringComparison.Ordinal);

    public override SqlResult Query(string statement)
    {
        var text = RawText.Encode(statement);
        if (SqliteLibrary.Prepare(_database, text, text.Length, out var prepared, out _) != SqliteLibrary.Ok)
        {
            throw new SqlQueryException(Message());
        }

        try
        {
            return Read(prepared);
        }
        finally
        {
            _ = SqliteLibrary.Finish(prepared);
        }
    }

    public override void Dispose()
    {
        _ = SqliteLibrary.Close(_database);
        base.Dispose();
    }

    private SqlResult Read(nint prepared)
    {
        var rows = new List<string?[]>();
        var columns = SqliteLibrary.ColumnCount(prepared);
        int status;
        while ((status = SqliteLibrary.Step(prepared)) == SqliteLibrary.Row)
        {
            // As in Postfix the first column is the result.
            rows.Add([SqliteLibrary.ColumnType(prepared, 0) == SqliteLibrary.TypeNull ? null : Text(prepared, 0)]);
        }

        return status == SqliteLibrary.Done ? new SqlResult(rows, columns > 0) : throw new SqlQueryException(Message());
    }

    private static string Text(nint prepared, int column)
    {
        var text = SqliteLibrary.ColumnText(prepared, column);
        return RawText.Decode(new ReadOnlySpan<byte>(text, SqliteLibrary.ColumnLength(prepared, column)));
    }

    private string Message() => RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(SqliteLibrary.ErrorMessage(_database)));
}
