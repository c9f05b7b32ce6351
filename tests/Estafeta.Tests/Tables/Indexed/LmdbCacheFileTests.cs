using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables.Indexed;

/// <summary>A cache that stays open: two processes' worth of writers in turn, a file that outgrows its map, a file that is replaced.</summary>
public sealed class LmdbCacheFileTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("estafeta-cache-").FullName;
    private readonly List<TableSet> _sets = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var set in _sets)
        {
            await set.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task TwoWriters_InTurn_SeeEachOther()
    {
        var (first, second) = (Open(), Open());
        for (var i = 0; i < 20; i++)
        {
            Assert.True(await (i % 2 == 0 ? first : second).UpdateAsync($"key{i}", $"value{i}", TestContext.Current.CancellationToken));
        }

        Assert.True(await first.DeleteAsync("key1", TestContext.Current.CancellationToken));
        foreach (var table in (IUpdatableTable[])[first, second])
        {
            Assert.Equal(LookupResult.NotFound, await table.LookupAsync("key1", TestContext.Current.CancellationToken));
            Assert.Equal("value18", (await table.LookupAsync("key18", TestContext.Current.CancellationToken)).Value);
            Assert.Equal("value19", (await table.LookupAsync("key19", TestContext.Current.CancellationToken)).Value);
        }
    }

    [Fact]
    public async Task File_ThatOutgrowsItsMap_GoesOnInBothWriters()
    {
        var (first, second) = (Open(), Open());
        var value = new string('v', 1900);
        for (var i = 0; i < 60; i++)
        {
            Assert.True(await first.UpdateAsync($"key{i}", value, TestContext.Current.CancellationToken));
        }

        Assert.True(await second.UpdateAsync("last", "small", TestContext.Current.CancellationToken));
        Assert.Equal("small", (await first.LookupAsync("last", TestContext.Current.CancellationToken)).Value);
        Assert.Equal(value, (await second.LookupAsync("key59", TestContext.Current.CancellationToken)).Value);
    }

    [Fact]
    public async Task File_ThatIsReplaced_IsOpenedAnew()
    {
        var table = Open();
        Assert.True(await table.UpdateAsync("key", "old", TestContext.Current.CancellationToken));
        var path = Path.Combine(_folder, "cache.lmdb");
        File.Copy(path, path + ".new");
        File.Move(path + ".new", path, overwrite: true);
        Assert.True(await table.UpdateAsync("other", "new", TestContext.Current.CancellationToken));
        Assert.Equal("new", (await Open().LookupAsync("other", TestContext.Current.CancellationToken)).Value);
        Assert.Equal("old", (await Open().LookupAsync("key", TestContext.Current.CancellationToken)).Value);
    }

    private IUpdatableTable Open()
    {
        var set = new TableSet(ParameterSet.Parse("lmdb_map_size = 65536\n"));
        _sets.Add(set);
        return (IUpdatableTable)set.Open($"lmdb:{_folder}/cache", set.DefaultFlags | TableFlags.Write);
    }
}
