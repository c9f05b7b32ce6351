using System.Globalization;
using System.Text;
using Estafeta.Tables.Network;
using Estafeta.Tables.Sources;
using Estafeta.Tables.Tcp;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Memcache;

/// <summary>
/// <c>memcache:/file</c>, memcache_table(5): memcached's text protocol, with a persistent table behind it. The backup is the truth: it is asked when the
/// cache does not know, and written first. Trouble with the cache alone is no trouble while there is a backup.
/// </summary>
internal sealed class MemcacheTable : LookupTable, IUpdatableTable
{
    private const int LongestKey = 250; // memcached's protocol.txt

    private readonly MemcacheSettings _settings;
    private readonly TableClient _client;

    private MemcacheTable(TableRequest request, MemcacheSettings settings)
        : base(request)
    {
        _settings = settings;
        _client = new TableClient(TableEndpoint.Parse(settings.Server, request.Tables), request.Tables.Time)
        {
            Timeout = settings.Timeout,
            MaximumTries = settings.MaximumTries,
            RetryPause = settings.RetryPause,
        };
    }

    public static ILookupTable Open(TableRequest request) => request.Has(TableFlags.NoUntrusted)
        ? throw new TableUnavailableException($"{request.Name} map is not allowed for security sensitive data")
        : new MemcacheTable(request, MemcacheSettings.Load(request));

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken)
    {
        if (_settings.Backup is IListableTable backup)
        {
            return backup.ListAsync(cancellationToken);
        }

        // memcached does not tell what it holds. It forgets by itself, too.
        Request.Tables.Warn($"database {Name}: first/next support requires backup database");
        return AsyncEnumerable.Empty<KeyValuePair<string, string>>();
    }

    public async ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken)
    {
        if (!await IsForUsAsync(FoldKey(key), cancellationToken))
        {
            return true;
        }

        if (_settings.Backup is IUpdatableTable backup && !await backup.UpdateAsync(key, value, cancellationToken))
        {
            return false;
        }

        return (CacheKey(FoldKey(key)) is { } name && await StoreAsync(name, value, cancellationToken)) || _settings.Backup != null;
    }

    public async ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken)
    {
        if (!await IsForUsAsync(FoldKey(key), cancellationToken))
        {
            return true;
        }

        if (_settings.Backup is IUpdatableTable backup && !await backup.DeleteAsync(key, cancellationToken))
        {
            return false;
        }

        return CacheKey(FoldKey(key)) is not { } name
            || await CommandAsync($"delete {name}\r\n", null, "DELETED", "NOT_FOUND", cancellationToken)
            || _settings.Backup != null;
    }

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_settings.Domains is { } domains && await domains.MatchAsync(key, cancellationToken) is var match && !match.IsFound)
        {
            return match;
        }

        var name = CacheKey(key);
        if (name == null)
        {
            return _settings.Backup == null ? LookupResult.NotFound : await _settings.Backup.LookupAsync(key, cancellationToken);
        }

        var cached = await AskAsync(key, name, cancellationToken);
        if (cached.IsFound || _settings.Backup == null)
        {
            return cached;
        }

        var result = await _settings.Backup.LookupAsync(key, cancellationToken);
        if (result is { IsFound: true, Value: { } value } && !cached.IsTrouble)
        {
            await StoreAsync(name, value, cancellationToken);
        }

        return result;
    }

    private async ValueTask<LookupResult> AskAsync(string key, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.RunAsync((connection, token) => GetAsync(connection, key, name, token), cancellationToken);
        }
        catch (IOException e)
        {
            Request.Tables.Warn($"connect to {_client.Endpoint.Text}: {e.Message}");
            return LookupResult.Trouble(e.Message);
        }
        catch (InvalidDataException e)
        {
            return Trouble(e.Message);
        }
    }

    private async ValueTask<LookupResult> GetAsync(TableConnection connection, string key, string name, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(RawText.Encode($"get {name}\r\n"), cancellationToken);
        var line = RawText.Decode((await connection.ReadLineAsync(_settings.LineSizeLimit, cancellationToken)).Span);
        if (line == "END")
        {
            return LookupResult.NotFound;
        }

        // VALUE key flags length
        var words = line.Split(' ');
        if (words is not ["VALUE", _, _, var size, ..] || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > _settings.DataSizeLimit)
        {
            throw new InvalidDataException($"unexpected memcache server reply: {line}");
        }

        var data = (await connection.ReadAsync(length + 2, cancellationToken)).Span[..length].ToArray();
        _ = await connection.ReadLineAsync(_settings.LineSizeLimit, cancellationToken);
        return AnswerOfServer(key, data);
    }

    private ValueTask<bool> StoreAsync(string name, string value, CancellationToken cancellationToken)
    {
        var data = RawText.Encode(value);
        var head = string.Create(CultureInfo.InvariantCulture, $"set {name} {_settings.Flags} {_settings.TimeToLive} {data.Length}\r\n");
        return CommandAsync(head, data, "STORED", "STORED", cancellationToken);
    }

    private async ValueTask<bool> CommandAsync(string head, byte[]? data, string done, string alsoDone, CancellationToken cancellationToken)
    {
        byte[] octets = data == null ? RawText.Encode(head) : [.. RawText.Encode(head), .. data, (byte)'\r', (byte)'\n'];
        try
        {
            return await _client.RunAsync(
                async (connection, token) =>
                {
                    await connection.WriteAsync(octets, token);
                    var reply = Encoding.ASCII.GetString((await connection.ReadLineAsync(_settings.LineSizeLimit, token)).Span);
                    return reply == done || reply == alsoDone ? true : throw new InvalidDataException(reply);
                },
                cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Request.Tables.Warn($"{Name}: update failed: {e.Message}");
            return false;
        }
    }

    private async ValueTask<bool> IsForUsAsync(string key, CancellationToken cancellationToken)
    {
        if (_settings.Domains == null || (await _settings.Domains.MatchAsync(key, cancellationToken)).IsFound)
        {
            return true;
        }

        Request.Tables.Warn($"{Name}: skipping update for key \"{key}\": domain mismatch");
        return false;
    }

    // Null: the key cannot be cached. White space and controls would end it in the protocol.
    private string? CacheKey(string key)
    {
        var name = _settings.KeyFormat.Expand(key, static text => text);
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        var octets = RawText.Encode(name);
        if (_settings.KeyDigest != null)
        {
            return _settings.KeyDigest.Compute(octets);
        }

        if (octets.AsSpan().IndexOfAnyInRange((byte)0, (byte)' ') >= 0 || octets.AsSpan().Contains((byte)0x7f))
        {
            octets = PercentText.Encode(octets);
        }

        return octets.Length <= LongestKey ? RawText.Decode(octets) : null;
    }
}
