using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Sql.Mysql;

/// <summary>A connection of libmariadb. Made, used and closed on one thread.</summary>
internal sealed unsafe class MysqlConnection : SqlConnection
{
    private const uint ConnectSeconds = 10;
    private const uint QuerySeconds = 100;

    private readonly nint _handle;

    /// <param name="host">A word of <c>hosts</c>: <c>unix:/path</c>, <c>inet:host:port</c>, <c>host</c>.</param>
    /// <param name="settings">The rest.</param>
    /// <exception cref="SqlConnectionException">The server does not answer or refuses us.</exception>
    public MysqlConnection(string host, MysqlSettings settings)
    {
        _handle = MysqlLibrary.Initialize(0);
        SetOptions(settings);
        var (name, port, socket) = Split(host);
        if (MysqlLibrary.Connect(_handle, name, settings.User, settings.Password, settings.Database, port, socket, MysqlLibrary.ClientMultiResults) == 0)
        {
            var message = Message();
            MysqlLibrary.Close(_handle);
            throw new SqlConnectionException(message);
        }
    }

    public override string Escape(string key)
    {
        var text = RawText.Encode(key);
        var escaped = new byte[(text.Length * 2) + 1];
        fixed (byte* from = text, to = escaped)
        {
            var length = MysqlLibrary.Escape(_handle, to, from, (nuint)text.Length);
            return RawText.Decode(escaped.AsSpan(0, (int)length));
        }
    }

    public override SqlResult Query(string statement)
    {
        var text = RawText.Encode(statement);
        fixed (byte* pointer = text)
        {
            Check(MysqlLibrary.Query(_handle, pointer, (nuint)text.Length));
        }

        SqlResult? found = null;
        int next;
        do
        {
            var result = MysqlLibrary.StoreResult(_handle);
            if (result != 0)
            {
                // A procedure that has more than one result set does not say which counts.
                found = found == null ? Read(result) : throw new SqlQueryException("multiple result sets");
            }
            else if (MysqlLibrary.FieldCount(_handle) != 0)
            {
                throw Error();
            }

            next = MysqlLibrary.NextResult(_handle);
        }
        while (next == 0);
        return next < 0 ? found ?? new SqlResult([], false) : throw Error();
    }

    public override void Dispose()
    {
        MysqlLibrary.Close(_handle);
        MysqlLibrary.EndThread();
        base.Dispose();
    }

    private void SetOptions(MysqlSettings settings)
    {
        SetOption(MysqlLibrary.OptionConnectTimeout, ConnectSeconds);
        SetOption(MysqlLibrary.OptionReadTimeout, QuerySeconds);
        SetOption(MysqlLibrary.OptionWriteTimeout, QuerySeconds);
        SetOption(MysqlLibrary.OptionCharacterSet, settings.CharacterSet);
        if (settings.OptionFile != null)
        {
            SetOption(MysqlLibrary.OptionReadFile, settings.OptionFile);
        }

        if (settings.OptionGroup.Length > 0)
        {
            SetOption(MysqlLibrary.OptionReadGroup, settings.OptionGroup);
        }

        if (settings.UsesTls)
        {
            _ = MysqlLibrary.SetTls(
                _handle, settings.KeyFile, settings.CertificateFile, settings.AuthorityFile, settings.AuthorityPath, settings.Ciphers);
            byte verifies = settings.VerifiesServer ? (byte)1 : (byte)0;
            _ = MysqlLibrary.SetOption(_handle, MysqlLibrary.OptionVerifyServer, &verifies);
        }
    }

    private void SetOption(int option, uint value) => _ = MysqlLibrary.SetOption(_handle, option, (byte*)&value);

    private void SetOption(int option, string value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(value + '\0'))
        {
            _ = MysqlLibrary.SetOption(_handle, option, text);
        }
    }

    private static (string? Host, uint Port, string? Socket) Split(string host)
    {
        if (host.StartsWith("unix:", StringComparison.Ordinal))
        {
            return (null, 0, host[5..]);
        }

        var text = host.StartsWith("inet:", StringComparison.Ordinal) ? host[5..] : host;
        var colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
        var port = colon < 0 ? 0 : uint.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SqlConnectionException($"bad port in \"{host}\"");
        return ((colon < 0 ? text : text[..colon]).Trim('[', ']'), port, null);
    }

    private static SqlResult Read(nint result)
    {
        var rows = new List<string?[]>();
        var columns = (int)MysqlLibrary.ColumnCount(result);
        byte** row;
        while ((row = MysqlLibrary.FetchRow(result)) != null)
        {
            var lengths = MysqlLibrary.FetchLengths(result);
            var values = new string?[columns];
            for (var i = 0; i < columns; i++)
            {
                values[i] = row[i] == null ? null : RawText.Decode(new ReadOnlySpan<byte>(row[i], (int)lengths[i]));
            }

            rows.Add(values);
        }

        MysqlLibrary.FreeResult(result);
        return new SqlResult(rows, true);
    }

    private void Check(int error)
    {
        if (error != 0)
        {
            throw Error();
        }
    }

    private IOException Error() => MysqlLibrary.ErrorNumber(_handle) is >= MysqlLibrary.FirstClientError and <= MysqlLibrary.LastClientError
        ? new SqlConnectionException(Message())
        : new SqlQueryException(Message());

    private string Message() => RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(MysqlLibrary.ErrorMessage(_handle)));
}
