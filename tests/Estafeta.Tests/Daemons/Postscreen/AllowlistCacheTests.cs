using System.Net;
using Estafeta.Configuration;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tests.Tables.Network;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>postscreen_cache_map: what is kept, for how long, and what trouble with it costs.</summary>
public sealed class AllowlistCacheTests : IAsyncDisposable
{
    private const string Bookkeeping = "_LAST_CACHE_CLEANUP_COMPLETED_";
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private readonly string _folder = Directory.CreateTempSubdirectory("estafeta-allowlist-").FullName;
    private readonly MemoryMailLog _log = new();
    private readonly ManualTime _time = new();
    private readonly TableSet _tables;
    private readonly IUpdatableTable _table;
    private readonly AllowlistCache _cache;

    public AllowlistCacheTests()
    {
        var parameters = ParameterSet.Parse($"postscreen_cache_map = lmdb:{_folder}/cache\n");
        _tables = new TableSet(parameters) { Warn = _log.Warning, Time = _time };
        var settings = CacheSettings.Read(parameters);
        _cache = AllowlistCache.Open(_tables, settings, _log, _time)!;
        _table = (IUpdatableTable)_tables.Open(settings.Map, AllowlistCache.Flags);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Entry_IsFound()
    {
        Assert.Null(await _cache.FindAsync(Client, TestContext.Current.CancellationToken));
        await _cache.StoreAsync(Client, "9;8;7;6;5");
        Assert.Equal("9;8;7;6;5", (await _cache.FindAsync(Client, TestContext.Current.CancellationToken))?.Format(ScreeningTests.None));
    }

    [Fact]
    public async Task Cleaning_DropsWhatExpiredLongAgo_AndRubbish()
    {
        var week = (long)TimeSpan.FromDays(7).TotalSeconds;
        await _table.UpdateAsync("192.0.2.1", $"{Now - week - 1};1;1;1;1", TestContext.Current.CancellationToken);
        await _table.UpdateAsync("192.0.2.2", $"{Now - week - 1};{Now - week};1;1;1", TestContext.Current.CancellationToken);
        await _table.UpdateAsync("192.0.2.3", $"{Now + 5};1;1;1;1", TestContext.Current.CancellationToken);
        await _table.UpdateAsync("192.0.2.4", "rubbish", TestContext.Current.CancellationToken);
        await _cache.CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal([$"cache {_table.Name} full cleanup: retained=2 dropped=2 entries"], _log.Lines);
        Assert.Equal(["192.0.2.2", "192.0.2.3"], await KeysAsync());
    }

    [Fact]
    public async Task Cleaning_IsDoneOnceAnInterval_WhoeverDidItLast()
    {
        await _table.UpdateAsync(Bookkeeping, $"{Now - 3600}", TestContext.Current.CancellationToken);
        using var stopping = new CancellationTokenSource();
        var running = _cache.RunAsync(stopping.Token);
        await WaitForTimerAsync();
        _time.Advance(TimeSpan.FromHours(10.9));
        Assert.Empty(_log.Lines);
        _time.Advance(TimeSpan.FromHours(0.2));
        await WaitForLogAsync();
        await stopping.CancelAsync();
        await running;
        Assert.Equal([$"cache {_table.Name} full cleanup: retained=0 dropped=0 entries"], _log.Lines);
        Assert.Equal([Bookkeeping], await KeysAsync());
    }

    // As with Postfix: memcached forgets by itself, and cannot be cleaned.
    [Fact]
    public async Task Memcache_RemembersAndIsNotCleaned()
    {
        var token = TestContext.Current.CancellationToken;
        var memory = new Dictionary<string, string>();
        await using var server = MemcacheTableTests.Memcached(memory);
        var file = Path.Combine(_folder, "memcache.cf");
        await File.WriteAllTextAsync(file, $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nkey_format = postscreen:%s\n", token);
        var parameters = ParameterSet.Parse($"postscreen_cache_map = memcache:{file}\n");
        await using var tables = new TableSet(parameters) { Warn = _log.Warning, Time = TimeProvider.System };
        var cache = AllowlistCache.Open(tables, CacheSettings.Read(parameters), _log, TimeProvider.System)!;
        Assert.Null(await cache.FindAsync(Client, token));
        await cache.StoreAsync(Client, "9;8;7;6;5");
        Assert.Equal("9;8;7;6;5", (await cache.FindAsync(Client, token))?.Format(ScreeningTests.None));
        await cache.CleanAsync(token);
        Assert.Equal("9;8;7;6;5", Assert.Single(memory, e => e.Key == "postscreen:192.0.2.1").Value);
        Assert.Equal(
            [
                $"warning: database memcache:{file}: first/next support requires backup database",
                $"cache memcache:{file} full cleanup: retained=0 dropped=0 entries",
            ],
            _log.Lines);
    }

    private Task WaitForTimerAsync() => WaitAsync(() => _time.HasTimers);

    private Task WaitForLogAsync() => WaitAsync(() => _log.Lines.Count > 0);

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var (key, _) in _table.ListAsync(TestContext.Current.CancellationToken))
        {
            keys.Add(key);
        }

        return keys;
    }
}
