using System.Net;
using Estafeta.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Tables;

/// <summary>memcache tables against memcached, with a backup, and beside Postfix's client, which shares the server's memory with ours.</summary>
public sealed class MemcacheTableTests
{
    [Fact]
    public async Task Lookup_GeneratedBackup_AnswersAsPostfixDoesAndFillsTheSharedCache()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/postmap"), "Postfix is not installed");
        var generated = new GeneratedEntries(4000);
        await using var fixture = new BackEndFixture();
        var (address, server) = await StartAsync();
        await using var running = server;
        var backup = fixture.Write("backup", string.Concat(generated.Entries.Select(static e => $"{e.Key} {string.Join(", ", e.Value)}\n")));
        await ServerProcess.RunAsync(null, "", "/usr/sbin/postmap", $"lmdb:{backup}");
        var backed = "memcache:" + fixture.Write("backed.cf", $"memcache = {address}\nbackup = lmdb:{backup}\nkey_format = a:%s\n");
        var cacheAlone = "memcache:" + fixture.Write("alone.cf", $"memcache = {address}\nkey_format = a:%s\n");
        var keys = generated.Keys(12_000);
        var half = keys.Length / 2;

        // Ours fills the cache with the first half, Postfix with the second; then each finds what the other left there.
        var ours = await LookUpAsync(fixture, backed, keys[..half]);
        var theirs = await SqlTableTests.PostmapAsync(fixture.Root, backed, keys[half..]);
        var oursAgain = await LookUpAsync(fixture, cacheAlone, keys[half..]);
        var theirsAgain = await SqlTableTests.PostmapAsync(fixture.Root, cacheAlone, keys[..half]);
        Assert.InRange(ours.Count, half / 10, half - 1);
        Assert.Equal(ours.OrderBy(static e => e.Key), theirsAgain.OrderBy(static e => e.Key));
        Assert.Equal(theirs.OrderBy(static e => e.Key), oursAgain.OrderBy(static e => e.Key));
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task Update_WithBackup_ChangesBothAndOutlivesTheServer()
    {
        await using var fixture = new BackEndFixture();
        var (address, server) = await StartAsync();
        await using var running = server;
        var settings = $"memcache = {address}\nkey_digest = sha256\nretry_pause = 0\n";
        var cacheAlone = "memcache:" + fixture.Write("alone.cf", settings);
        var backed = "memcache:" + fixture.Write("backed.cf", settings + $"backup = lmdb:{fixture.Root}/cache\n");
        var table = (IUpdatableTable)fixture.Tables.Open(backed, TableFlags.FoldKeys | TableFlags.Write);
        var longKey = new string('k', 300);
        var token = TestContext.Current.CancellationToken;
        Assert.True(await table.UpdateAsync(longKey, "value", token));
        Assert.True(await table.UpdateAsync("gone", "value", token));
        Assert.True(await table.DeleteAsync("gone", token));
        Assert.Equal(LookupResult.Found("value"), await fixture.LookupAsync(cacheAlone, longKey));
        Assert.Equal(LookupResult.NotFound, await fixture.LookupAsync(cacheAlone, "gone"));
        Assert.Equal([longKey], await table.ListAsync(token).Select(static e => e.Key).ToListAsync(token));

        await server.DisposeAsync();
        Assert.Equal(LookupResult.Found("value"), await table.LookupAsync(longKey, token));
        Assert.True((await fixture.LookupAsync(cacheAlone, longKey)).IsTrouble);
        Assert.NotEmpty(fixture.Warnings);
    }

    [Theory]
    [InlineData("x' OR 1=1 --@a")]
    [InlineData("a b@example.com")]
    [InlineData("a\r\nflush_all\r\n@example.com")]
    [InlineData("a\nset known 0 0 3\nbad\n")]
    [InlineData("\u0001\u007f@example.com")]
    public async Task Lookup_HostileKey_IsNotFoundAndChangesNothing(string key)
    {
        await using var fixture = new BackEndFixture();
        var (address, server) = await StartAsync();
        await using var running = server;
        var table = "memcache:" + fixture.Write("t.cf", $"memcache = {address}\n");
        var writer = (IUpdatableTable)fixture.Tables.Open(table, TableFlags.FoldKeys | TableFlags.Write);
        Assert.True(await writer.UpdateAsync("known", "value", TestContext.Current.CancellationToken));
        Assert.Equal(LookupResult.NotFound, await fixture.LookupAsync(table, key));
        Assert.True(await writer.UpdateAsync(key, "its own", TestContext.Current.CancellationToken));
        Assert.Equal(LookupResult.Found("its own"), await fixture.LookupAsync(table, key));
        Assert.Equal(LookupResult.Found("value"), await fixture.LookupAsync(table, "known"));
        Assert.Empty(fixture.Warnings);
    }

    private static async Task<Dictionary<string, string>> LookUpAsync(BackEndFixture fixture, string table, string[] keys)
    {
        var results = await Task.WhenAll(keys.Select(key => fixture.LookupAsync(table, key)));
        return keys.Zip(results).Where(static p => p.Second.Outcome != LookupOutcome.NotFound).ToDictionary(static p => p.First, static p => SqlTableTests.Describe(p.Second));
    }

    internal static async Task<(string Address, ServerProcess Server)> StartAsync()
    {
        var memcached = ServerProcess.Require("/usr/bin/memcached");
        var port = FreePort.Take();
        var server = await ServerProcess.StartAsync(
            null, new IPEndPoint(IPAddress.Loopback, port), memcached, "-u", "nobody", "-l", "127.0.0.1", "-p", $"{port}", "-U", "0", "-m", "64");
        return ($"inet:127.0.0.1:{port}", server);
    }
}
