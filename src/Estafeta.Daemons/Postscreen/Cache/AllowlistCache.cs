using System.Globalization;
using System.Net;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Postscreen.Cache;

/// <summary>
/// The temporary allowlist (postscreen_cache_map): which tests a client address has passed, and until when that counts. Entries and
/// bookkeeping are Postfix's. Trouble with the table costs the memory, never a client: who is not remembered is tested.
/// </summary>
internal sealed class AllowlistCache(IUpdatableTable table, CacheSettings settings, IMailLog log, TimeProvider time)
{
    // Postfix notes here when it last cleaned the cache.
    private const string Bookkeeping = "_LAST_CACHE_CLEANUP_COMPLETED_";

    /// <summary>Keys as they are: the bookkeeping is in capitals, and addresses have one form.</summary>
    public const TableFlags Flags = TableFlags.Write;

    /// <summary>Null without the table, for which there is a warning.</summary>
    public static AllowlistCache? Open(TableSet tables, CacheSettings settings, IMailLog log, TimeProvider time)
    {
        if (settings.Map.Length == 0)
        {
            return null;
        }

        if (tables.Open(settings.Map, Flags) is IUpdatableTable table)
        {
            return new AllowlistCache(table, settings, log, time);
        }

        log.Warning($"postscreen_cache_map: {settings.Map} cannot be written to; no client is remembered");
        return null;
    }

    /// <summary>Null for a client that is not remembered.</summary>
    public async ValueTask<TestResults?> FindAsync(IPAddress client, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.OperationLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var result = await table.LookupAsync(client.ToString(), both.Token);
            if (result.IsTrouble)
            {
                log.Warning($"{table.Name}: lookup of {client} failed: {result.Value}");
            }

            return result is { IsFound: true, Value: { } value } ? TestResults.Parse(value) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            log.Warning($"{table.Name}: lookup of {client} took too long");
            return null;
        }
    }

    public async ValueTask StoreAsync(IPAddress client, string value)
    {
        using var limit = new CancellationTokenSource(settings.OperationLimit, time);
        try
        {
            if (!await table.UpdateAsync(client.ToString(), value, limit.Token))
            {
                log.Warning($"{table.Name}: update of {client} failed");
            }
        }
        catch (OperationCanceledException)
        {
            log.Warning($"{table.Name}: update of {client} took too long");
        }
    }

    /// <summary>Cleans at every postscreen_cache_cleanup_interval, reckoned from the last time, whichever process that was.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (settings.CleanupInterval <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            while (true)
            {
                var due = await LastCleanedAsync(stopping) + settings.CleanupInterval - time.GetUtcNow();
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due < settings.CleanupInterval ? due : settings.CleanupInterval, time, stopping);
                }

                await TryCleanAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    /// <summary>Drops entries whose every result expired longer ago than postscreen_cache_retention_time.</summary>
    public async ValueTask CleanAsync(CancellationToken cancellationToken)
    {
        var oldest = (time.GetUtcNow() - settings.RetentionTime).ToUnixTimeSeconds();
        var retained = 0;
        var outdated = new List<string>();
        await foreach (var (key, value) in table.ListAsync(cancellationToken))
        {
            if (key.Equals(Bookkeeping, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (TestResults.Parse(value) is { } results && results.Latest >= oldest)
            {
                retained++;
            }
            else
            {
                outdated.Add(key);
            }
        }

        foreach (var key in outdated)
        {
            await table.DeleteAsync(key, cancellationToken);
        }

        log.Info($"cache {table.Name} full cleanup: retained={retained} dropped={outdated.Count} entries");
    }

    private async ValueTask TryCleanAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CleanAsync(cancellationToken);
        }
        catch (IOException trouble)
        {
            log.Warning($"cache {table.Name} cleanup: {trouble.Message}");
        }

        if (!await table.UpdateAsync(Bookkeeping, time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), cancellationToken))
        {
            await Task.Delay(settings.CleanupInterval, time, cancellationToken); // nobody knows when it was
        }
    }

    private async ValueTask<DateTimeOffset> LastCleanedAsync(CancellationToken cancellationToken)
    {
        var result = await table.LookupAsync(Bookkeeping, cancellationToken);
        return result.IsFound && long.TryParse(result.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second <= time.GetUtcNow().ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(second)
            : DateTimeOffset.UnixEpoch;
    }
}
