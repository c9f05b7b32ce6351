using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables.Network;

public sealed class MemcacheTableTests
{
    [Fact]
    public async Task Lookup_CacheMissWithBackup_AsksTheBackupAndFillsTheCache()
    {
        var memory = new Dictionary<string, string>();
        await using var server = Memcached(memory);
        await using var fixture = new TableFixture();
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nbackup = inline:{{a=b}}\nkey_format = t:%s\n");
        Assert.Equal("b", await fixture.FindAsync("memcache:" + path, "A"));
        Assert.Equal("b", memory["t:a"]);
        memory["t:a"] = "cached";
        Assert.Equal("cached", await fixture.FindAsync("memcache:" + path, "a"));
        Assert.Equal(LookupOutcome.NotFound, (await fixture.LookupAsync("memcache:" + path, "zz")).Outcome);
    }

    [Fact]
    public async Task Update_WithBackup_WritesBoth()
    {
        var memory = new Dictionary<string, string>();
        await using var server = Memcached(memory);
        await using var fixture = new TableFixture();
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nbackup = lmdb:{fixture.Root}/cache\n");
        var table = (IUpdatableTable)fixture.Tables.Open("memcache:" + path, TableFlags.FoldKeys | TableFlags.Write);
        var token = TestContext.Current.CancellationToken;
        Assert.True(await table.UpdateAsync("Key", "value", token));
        Assert.Equal("value", memory["key"]);
        Assert.Equal(["key=value"], await table.ListAsync(token).Select(e => $"{e.Key}={e.Value}").ToListAsync(token));
        Assert.True(await table.DeleteAsync("key", token));
        Assert.Empty(memory);
        Assert.Empty(await table.ListAsync(token).ToListAsync(token));
    }

    [Fact]
    public async Task Lookup_KeyDigest_IsWhatTheServerSees()
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("libcrypto.so.3", out _), "OpenSSL 3 is not installed");
        var memory = new Dictionary<string, string>();
        await using var server = Memcached(memory);
        await using var fixture = new TableFixture();
        var settings = $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nkey_format = t:%s\nkey_digest = ";
        var path = fixture.Write("m.cf", settings + "sha256\n");
        var longKey = new string('k', 300) + " with blanks";
        memory[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("t:" + longKey)))] = "found";
        Assert.Equal("found", await fixture.FindAsync("memcache:" + path, longKey));
        Assert.Throws<TableUnavailableException>(() => fixture.Tables.OpenOwned("memcache:" + fixture.Write("wrong.cf", settings + "nonsense\n"), TableFlags.FoldKeys));
    }

    [Theory]
    [InlineData(2, LookupOutcome.Found)]
    [InlineData(3, LookupOutcome.Trouble)]
    public async Task Lookup_CommandFails_IsTriedAgainAsOftenAsMaxTrySays(int failures, LookupOutcome expected)
    {
        var commands = 0;
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            _ = await TcpTableTests.ReadLineAsync(stream, token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(++commands <= failures ? "ERROR\r\n" : "VALUE a 0 1\r\nb\r\nEND\r\n"), token);
        });
        await using var fixture = new TableFixture();
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nmax_try = 3\nretry_pause = 0\n");
        Assert.Equal(expected, (await fixture.LookupAsync("memcache:" + path, "a")).Outcome);
        Assert.Equal(3, commands);
    }

    [Fact]
    public async Task Lookup_CacheInTrouble_TheBackupStillAnswers()
    {
        await using var server = new ScriptedServer((stream, token) => stream.WriteAsync("ERROR\r\n"u8.ToArray(), token).AsTask());
        await using var fixture = new TableFixture();
        var alone = fixture.Write("alone.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nretry_pause = 0\n");
        var backed = fixture.Write("backed.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nbackup = inline:{{a=b}}\nmax_try = 1\n");
        Assert.True((await fixture.LookupAsync("memcache:" + alone, "a")).IsTrouble);
        Assert.Equal("b", await fixture.FindAsync("memcache:" + backed, "a"));
    }

    [Fact]
    public async Task Lookup_KeyWithWhiteSpace_CannotEndTheCommand()
    {
        var memory = new Dictionary<string, string>();
        await using var server = Memcached(memory);
        await using var fixture = new TableFixture();
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\ntimeout = 60\nbackup = inline:{{{{a b = c}}}}\n");
        Assert.Equal("c", await fixture.FindAsync("memcache:" + path, "a b"));
        Assert.Equal("c", memory["a%20b"]);
        Assert.Equal(LookupOutcome.NotFound, (await fixture.LookupAsync("memcache:" + path, "x\r\nflush_all")).Outcome);
        Assert.Single(memory);
    }

    internal static ScriptedServer Memcached(Dictionary<string, string> memory) => new(async (stream, token) =>
    {
        while ((await TcpTableTests.ReadLineAsync(stream, token)).TrimEnd('\r') is { Length: > 0 } line)
        {
            var words = line.Split(' ');
            var reply = "ERROR\r\n";
            switch (words[0])
            {
                case "get" when words.Length == 2:
                    reply = memory.TryGetValue(words[1], out var value) ? $"VALUE {words[1]} 0 {value.Length}\r\n{value}\r\nEND\r\n" : "END\r\n";
                    break;
                case "set" when words.Length == 5:
                    var data = new byte[int.Parse(words[4], System.Globalization.CultureInfo.InvariantCulture) + 2];
                    await stream.ReadExactlyAsync(data, token);
                    memory[words[1]] = Encoding.UTF8.GetString(data)[..^2];
                    reply = "STORED\r\n";
                    break;
                case "delete" when words.Length == 2:
                    reply = memory.Remove(words[1]) ? "DELETED\r\n" : "NOT_FOUND\r\n";
                    break;
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), token);
        }
    });
}
