using System.Globalization;
using System.Text;
using Estafeta.Configuration.Catalogue;
using Estafeta.Tables.Network;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Socketmap;

/// <summary>
/// <c>socketmap:inet:host:port:name</c>, <c>socketmap:unix:path:name</c>, socketmap_table(5), Sendmail's protocol: a netstring <c>name key</c> answered
/// by a netstring. Sees whole keys, unfolded; not for results that must be trusted.
/// </summary>
internal sealed class SocketmapTable : LookupTable
{
    private readonly TableClient _client;
    private readonly string _map;
    private readonly int _longestQuery;
    private readonly int _longestReply;

    private SocketmapTable(TableRequest request, int colon)
        : base(request)
    {
        _map = request.Source[(colon + 1)..];
        _longestQuery = request.Tables.Parameters.Get(Parameters.SocketmapMaxQuerySize);
        _longestReply = request.Tables.Parameters.Get(Parameters.SocketmapMaxReplySize);
        _client = new TableClient(TableEndpoint.Parse(request.Source[..colon], request.Tables), request.Tables.Time);
    }

    public override bool HasFixedKeys => false;

    public static ILookupTable Open(TableRequest request)
    {
        if (request.Has(TableFlags.NoUntrusted))
        {
            throw new TableUnavailableException($"{request.Name} map is not allowed for security-sensitive data");
        }

        var colon = request.Source.LastIndexOf(':');
        return colon > 0 ? new SocketmapTable(request, colon) : throw new TableUnavailableException("socketmap requires server:socketmap argument");
    }

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var query = RawText.Encode($"{_map} {key}");
        if (query.Length > _longestQuery)
        {
            return Trouble($"query of {query.Length} bytes exceeds {Parameters.SocketmapMaxQuerySize.Name}");
        }

        try
        {
            return await _client.RunAsync((connection, token) => AskAsync(connection, key, query, token), cancellationToken);
        }
        catch (IOException e)
        {
            Request.Tables.Warn($"connect to {_client.Endpoint.Text}: {e.Message}");
            return Trouble($"table {Name} lookup error: {e.Message}");
        }
        catch (InvalidDataException e)
        {
            return Trouble($"table {Name} lookup error: {e.Message}");
        }
    }

    private async ValueTask<LookupResult> AskAsync(TableConnection connection, string key, byte[] query, CancellationToken cancellationToken)
    {
        var head = Encoding.ASCII.GetBytes(query.Length.ToString(CultureInfo.InvariantCulture) + ":");
        await connection.WriteAsync((byte[])[.. head, .. query, (byte)','], cancellationToken);
        var length = await ReadLengthAsync(connection, cancellationToken);
        var reply = await connection.ReadAsync(length + 1, cancellationToken);
        return reply.Span[^1] == ','
            ? Read(key, reply.Span[..^1])
            : throw new InvalidDataException("netstring format error");
    }

    private async ValueTask<int> ReadLengthAsync(TableConnection connection, CancellationToken cancellationToken)
    {
        var length = 0;
        for (var digits = 0; ; digits++)
        {
            var octet = (await connection.ReadAsync(1, cancellationToken)).Span[0];
            if (octet == ':' && digits > 0)
            {
                return length;
            }

            if (octet is < (byte)'0' or > (byte)'9')
            {
                throw new InvalidDataException("netstring format error");
            }

            length = (length * 10) + octet - '0';
            if (length > _longestReply)
            {
                throw new InvalidDataException("netstring size limit exceeded");
            }
        }
    }

    private LookupResult Read(string key, ReadOnlySpan<byte> reply)
    {
        var space = reply.IndexOf((byte)' ');
        var status = RawText.Decode(space < 0 ? reply : reply[..space]);
        var text = space < 0 ? default : reply[(space + 1)..];
        return status switch
        {
            "OK" when space > 0 => AnswerOfServer(key, text),
            "NOTFOUND" => LookupResult.NotFound,
            "TEMP" => Trouble($"socketmap server temporary error: {RawText.Decode(text)}"),
            "TIMEOUT" => Trouble($"socketmap server timeout error: {RawText.Decode(text)}"),
            "PERM" => Trouble($"socketmap server permanent error: {RawText.Decode(text)}"),
            _ => Trouble($"socketmap server unexpected reply: {RawText.Decode(reply)}"),
        };
    }
}
