using System.Runtime.InteropServices;
using Estafeta.Tables.Text;
using Estafeta.Unix.Polling;

namespace Estafeta.Tables.Sql.Pgsql;

/// <summary>A connection of libpq.</summary>
internal sealed unsafe class PgsqlConnection : SqlConnection
{
    private readonly nint _connection;
    private readonly TimeSpan _queryLimit;

    /// <param name="options">libpq's keywords and values; of two with one name the last counts.</param>
    /// <param name="encoding">client_encoding.</param>
    /// <param name="queryLimit">A server that answers nothing for so long is given up.</param>
    /// <exception cref="SqlConnectionException">The server does not answer or refuses us.</exception>
    public PgsqlConnection(List<KeyValuePair<string, string>> options, string encoding, TimeSpan queryLimit)
    {
        _queryLimit = queryLimit;
        _connection = Connect(options);
        if (PgsqlLibrary.Status(_connection) != PgsqlLibrary.ConnectionOk || PgsqlLibrary.SetClientEncoding(_connection, encoding) != 0)
        {
            var message = Message();
            PgsqlLibrary.Finish(_connection);
            throw new SqlConnectionException(message);
        }
    }

    public override string Escape(string key)
    {
        var text = RawText.Encode(key);
        var escaped = new byte[(text.Length * 2) + 1];
        fixed (byte* from = text, to = escaped)
        {
            var length = PgsqlLibrary.Escape(_connection, to, from, (nuint)text.Length, out var error);
            return error == 0 ? RawText.Decode(escaped.AsSpan(0, (int)length)) : throw new SqlQueryException(Message());
        }
    }

    public override SqlResult Query(string statement)
    {
        byte[] text = [.. RawText.Encode(statement), 0];
        fixed (byte* pointer = text)
        {
            if (PgsqlLibrary.SendQuery(_connection, pointer) == 0)
            {
                throw new SqlConnectionException(Message());
            }
        }

        SqlResult? last = null;
        string? error = null;
        while (Next() is not 0 and var result)
        {
            last = Read(result, ref error) ?? last;
            PgsqlLibrary.Clear(result);
        }

        if (error == null)
        {
            return last ?? new SqlResult([], false);
        }

        throw PgsqlLibrary.Status(_connection) == PgsqlLibrary.ConnectionOk ? new SqlQueryException(error) : new SqlConnectionException(error);
    }

    public override void Dispose()
    {
        PgsqlLibrary.Finish(_connection);
        base.Dispose();
    }

    private static nint Connect(List<KeyValuePair<string, string>> options)
    {
        var keywords = stackalloc byte*[options.Count + 1];
        var values = stackalloc byte*[options.Count + 1];
        for (var i = 0; i < options.Count; i++)
        {
            keywords[i] = (byte*)Marshal.StringToCoTaskMemUTF8(options[i].Key);
            values[i] = (byte*)Marshal.StringToCoTaskMemUTF8(options[i].Value);
        }

        keywords[options.Count] = values[options.Count] = null;
        try
        {
            return PgsqlLibrary.Connect(keywords, values, 1);
        }
        finally
        {
            for (var i = 0; i < options.Count; i++)
            {
                Marshal.ZeroFreeCoTaskMemUTF8((nint)keywords[i]);
                Marshal.ZeroFreeCoTaskMemUTF8((nint)values[i]);
            }
        }
    }

    // The next result of the statement, or 0 at its end. Waits here and not in libpq, which would wait for ever.
    private nint Next()
    {
        while (PgsqlLibrary.IsBusy(_connection) != 0)
        {
            Span<PollEntry> entries = [PollEntry.Readable(PgsqlLibrary.Socket(_connection))];
            if (Poller.Wait(entries, _queryLimit) == 0)
            {
                throw new SqlConnectionException("no answer from the server in time");
            }

            if (PgsqlLibrary.ConsumeInput(_connection) == 0)
            {
                throw new SqlConnectionException(Message());
            }
        }

        return PgsqlLibrary.GetResult(_connection);
    }

    private SqlResult? Read(nint result, ref string? error)
    {
        switch (PgsqlLibrary.ResultStatus(result))
        {
            case PgsqlLibrary.ResultTuplesOk:
                return ReadRows(result);
            case PgsqlLibrary.ResultCommandOk or PgsqlLibrary.ResultEmptyQuery:
                return null;
            default:
                error = Message();
                return null;
        }
    }

    private static SqlResult ReadRows(nint result)
    {
        var rows = new List<string?[]>();
        var columns = PgsqlLibrary.ColumnCount(result);
        for (var row = 0; row < PgsqlLibrary.RowCount(result); row++)
        {
            var values = new string?[columns];
            for (var column = 0; column < columns; column++)
            {
                values[column] = PgsqlLibrary.IsNull(result, row, column) != 0 ? null
                    : RawText.Decode(new ReadOnlySpan<byte>(PgsqlLibrary.Value(result, row, column), PgsqlLibrary.Length(result, row, column)));
            }

            rows.Add(values);
        }

        return new SqlResult(rows, true);
    }

    private string Message() =>
        RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(PgsqlLibrary.ErrorMessage(_connection))).TrimEnd().Replace('\n', ' ');
}
