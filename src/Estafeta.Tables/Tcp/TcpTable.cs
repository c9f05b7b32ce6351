using Estafeta.Tables.Network;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Tcp;

/// <summary><c>tcp:host:port</c>, tcp_table(5): <c>get KEY</c> answered by 200, 400 or 500. Sees whole keys, unfolded; not for results that must be trusted.</summary>
internal sealed class TcpTable : LookupTable
{
    private const int LongestReply = 4096;

    private readonly TableClient _client;

    private TcpTable(TableRequest request)
        : base(request) =>
        _client = new TableClient(TableEndpoint.Parse(request.Source, request.Tables), request.Tables.Time);

    public override bool HasFixedKeys => false;

    public static ILookupTable Open(TableRequest request) => request.Has(TableFlags.NoUntrusted)
        ? throw new TableUnavailableException($"{request.Name} map is not allowed for security sensitive data")
        : new TcpTable(request);

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.RunAsync((connection, token) => AskAsync(connection, key, token), cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Request.Tables.Warn($"connect to TCP map {_client.Endpoint.Text}: {e.Message}");
            return LookupResult.Trouble(e.Message);
        }
    }

    private async ValueTask<LookupResult> AskAsync(TableConnection connection, string key, CancellationToken cancellationToken)
    {
        await connection.WriteAsync((byte[])[.. "get "u8, .. PercentText.Encode(RawText.Encode(key)), (byte)'\n'], cancellationToken);
        var line = await connection.ReadLineAsync(LongestReply, cancellationToken);
        return Read(key, line.Span);
    }

    private LookupResult Read(string key, ReadOnlySpan<byte> line)
    {
        // 200 text; anything that is not three digits and a space or the end is a server that cannot be trusted.
        if (line.Length < 3 || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'\t')))
        {
            return Trouble($"read TCP map reply from {_client.Endpoint.Text}: bad reply: {RawText.Decode(line)}");
        }

        var text = SourceEntry.TrimStart(line[3..]);
        if (!PercentText.TryDecode(text, out var value))
        {
            return Trouble($"read TCP map reply from {_client.Endpoint.Text}: malformed %XX in reply: {RawText.Decode(line)}");
        }

        return line[..3] switch
        {
            [(byte)'2', (byte)'0', (byte)'0'] => AnswerOfServer(key, value),
            [(byte)'5', (byte)'0', (byte)'0'] => LookupResult.NotFound,
            _ => Trouble($"read TCP map reply from {_client.Endpoint.Text}: {RawText.Decode(line)}"),
        };
    }
}
