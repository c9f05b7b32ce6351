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
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\nbackup = inline:{{a=b}}\nkey_format = t:%s\n");
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
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\nbackup = lmdb:{fixture.Root}/cache\n");
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
    public async Task Lookup_CacheInTrouble_TheBackupStillAnswers()
    {
        await using var server = new ScriptedServer((stream, token) => stream.WriteAsync("ERROR\r\n"u8.ToArray(), token).AsTask());
        await using var fixture = new TableFixture();
        var alone = fixture.Write("alone.cf", $"memcache = inet:127.0.0.1:{server.Port}\n");
        var backed = fixture.Write("backed.cf", $"memcache = inet:127.0.0.1:{server.Port}\nbackup = inline:{{a=b}}\n");
        Assert.True((await fixture.LookupAsync("memcache:" + alone, "a")).IsTrouble);
        Assert.Equal("b", await fixture.FindAsync("memcache:" + backed, "a"));
    }

    [Fact]
    public async Task Lookup_KeyWithWhiteSpace_CannotEndTheCommand()
    {
        var memory = new Dictionary<string, string>();
        await using var server = Memcached(memory);
        await using var fixture = new TableFixture();
        var path = fixture.Write("m.cf", $"memcache = inet:127.0.0.1:{server.Port}\nbackup = inline:{{{{a b = c}}}}\n");
        Assert.Equal("c", await fixture.FindAsync("memcache:" + path, "a b"));
        Assert.Equal("c", memory["a%20b"]);
        Assert.Equal(LookupOutcome.NotFound, (await fixture.LookupAsync("memcache:" + path, "x\r\nflush_all")).Outcome);
        Assert.Single(memory);
    }

    private static ScriptedServer Memcached(Dictionary<string, string> memory) => new(async (stream, token) =>
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
