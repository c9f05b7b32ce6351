using System.Text;
using Estafeta.Tables;
using Estafeta.Tables.Lmdb;
using Estafeta.Tables.Writing;

namespace Estafeta.Tests.Tables.Writing;

public sealed class TableWriterTests
{
    [Theory]
    [InlineData("lmdb")]
    [InlineData("cdb")]
    [InlineData("hash")]
    public async Task Commit_NewTable_IsReadBack(string type)
    {
        await using var fixture = new TableFixture();
        var path = Path.Combine(fixture.Root, "t");
        Write(type, path, new TableWriterOptions(), [.. Enumerable.Range(0, 3000).Select(i => ($"key{i}", new string('v', i % 50) + i))]);
        Assert.Equal("vvv3", await fixture.FindAsync($"{type}:{path}", "KEY3"));
        Assert.Null(await fixture.FindAsync($"{type}:{path}", "key3000"));
        var listable = (IListableTable)fixture.Tables.Open($"{type}:{path}");
        Assert.Equal(3000, await listable.ListAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("lmdb")]
    [InlineData("cdb")]
    [InlineData("hash")]
    public async Task Replace_WhileOpen_IsSeenByTheNextLookup(string type)
    {
        await using var fixture = new TableFixture();
        var path = Path.Combine(fixture.Root, "t");
        Write(type, path, new TableWriterOptions(), ("a", "1"));
        Assert.Equal("1", await fixture.FindAsync($"{type}:{path}", "a"));
        Write(type, path, new TableWriterOptions(), ("a", "two"), ("b", "3"));
        Assert.Equal("two", await fixture.FindAsync($"{type}:{path}", "a"));
        Assert.Equal("3", await fixture.FindAsync($"{type}:{path}", "b"));
    }

    [Fact]
    public async Task Update_InPlace_GrowsBeyondTheMapAndIsSeen()
    {
        await using var fixture = new TableFixture();
        var path = Path.Combine(fixture.Root, "t");
        Write("lmdb", path, new TableWriterOptions(), ("a", "1"));
        Assert.Equal("1", await fixture.FindAsync("lmdb:" + path, "a"));
        var small = new TableWriterOptions { IsIncremental = true, LmdbMapSize = 16 * 4096 };
        Write("lmdb", path, small, [.. Enumerable.Range(0, 500).Select(i => ($"key{i}", new string('x', 3000)))]);
        Assert.Equal("1", await fixture.FindAsync("lmdb:" + path, "a"));
        Assert.Equal(3000, (await fixture.FindAsync("lmdb:" + path, "key499"))!.Length);
    }

    [Fact]
    public async Task Dispose_WithoutCommit_LeavesTheOldTable()
    {
        await using var fixture = new TableFixture();
        var path = Path.Combine(fixture.Root, "t");
        Write("lmdb", path, new TableWriterOptions(), ("a", "1"));
        using (var writer = TableWriterTypes.Open("lmdb", path, new TableWriterOptions()))
        {
            writer.Add("a"u8, "2"u8);
        }

        Assert.Equal("1", await fixture.FindAsync("lmdb:" + path, "a"));
        Assert.Equal(["t.lmdb"], Directory.GetFiles(fixture.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(DuplicateRule.Warn, false, "1")]
    [InlineData(DuplicateRule.Ignore, true, "1")]
    [InlineData(DuplicateRule.Replace, true, "2")]
    public async Task Add_Duplicate_FollowsTheRule(DuplicateRule rule, bool isTaken, string value)
    {
        await using var fixture = new TableFixture();
        foreach (var type in new[] { "lmdb", "cdb" })
        {
            var path = Path.Combine(fixture.Root, type);
            using (var writer = TableWriterTypes.Open(type, path, new TableWriterOptions { Duplicates = rule }))
            {
                Assert.True(writer.Add("a"u8, "1"u8));
                Assert.Equal(isTaken, writer.Add("a"u8, "2"u8));
                writer.Commit();
            }

            Assert.Equal(value, await fixture.FindAsync($"{type}:{path}", "a"));
        }
    }

    [Fact]
    public void Entries_AddRemoveSort_KeepEachKeyOnce()
    {
        var entries = new TableEntries();
        for (var i = 0; i < 5000; i++)
        {
            Assert.True(entries.TryAdd(Encoding.UTF8.GetBytes($"k{i % 5000}"), "v"u8));
        }

        Assert.False(entries.TryAdd("k7"u8, "w"u8));
        entries.Set("k7"u8, "w"u8);
        Assert.True(entries.Remove("k8"u8));
        Assert.False(entries.Remove("k8"u8));
        var sorted = EntryOrder.Sort(entries).Select(n => Encoding.UTF8.GetString(entries.Key(n))).ToArray();
        Assert.Equal(4999, sorted.Length);
        Assert.Equal(sorted.Order(StringComparer.Ordinal), sorted);
        Assert.Equal("w", Encoding.UTF8.GetString(entries.Value(7)));
        Assert.True(entries.TryAdd("k8"u8, "x"u8));
        Assert.False(entries.IsRemoved(8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("common-prefix-of-all-")]
    public void Order_OfAnyKeys_IsThatOfTheirOctets(string prefix)
    {
        var random = new Random(1);
        var entries = new TableEntries();
        for (var i = 0; i < 20_000; i++)
        {
            var key = new byte[random.Next(14)];
            for (var j = 0; j < key.Length; j++)
            {
                key[j] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(2) * 255);
            }

            entries.TryAdd([.. Encoding.UTF8.GetBytes(prefix), .. key], "v"u8);
        }

        var order = EntryOrder.Sort(entries);
        Assert.Equal(entries.Count, order.Length);
        for (var i = 1; i < order.Length; i++)
        {
            Assert.True(entries.Key(order[i - 1]).SequenceCompareTo(entries.Key(order[i])) < 0, $"{i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData(40_000)]
    public async Task Lmdb_OverAnEarlierAttempt_HoldsTheEntriesAndNothingElse(int count)
    {
        await using var fixture = new TableFixture();
        var path = fixture.Write("t.lmdb", "");
        var earlier = new TableEntries(100);
        earlier.Set("zzz\0"u8, "earlier\0"u8);
        LmdbBuilder.Write(path, earlier, new TableWriterOptions());
        var entries = new TableEntries(count);
        for (var i = 0; i < count; i++)
        {
            entries.Set(Encoding.UTF8.GetBytes($"k{i:D6}\0"), Encoding.UTF8.GetBytes($"v{i}\0"));
        }

        LmdbBuilder.Write(path, entries, new TableWriterOptions());
        var listable = (IListableTable)fixture.Tables.Open($"lmdb:{fixture.Root}/t");
        var read = await listable.ListAsync(TestContext.Current.CancellationToken).Select(static e => $"{e.Key}={e.Value}").ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, count).Select(static i => $"k{i:D6}=v{i}"), read);
    }

    private static void Write(string type, string path, TableWriterOptions options, params (string Key, string Value)[] entries)
    {
        using var writer = TableWriterTypes.Open(type, path, options);
        foreach (var (key, value) in entries)
        {
            writer.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        }

        writer.Commit();
    }
}
