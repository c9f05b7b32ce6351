using System.Diagnostics;
using Estafeta.Tables;

namespace Estafeta.Interop.Tables;

/// <summary>What lookups in an SQL table cost while the server is slow. The threads counted are those of the whole process: nothing runs beside it.</summary>
[CollectionDefinition(nameof(SqlSharingTests), DisableParallelization = true)]
[Collection(nameof(SqlSharingTests))]
public sealed class SqlSharingTests
{
    [Fact]
    public async Task Lookup_AThousandAtOnceOfASlowServer_HoldNoThreadEachAndShareConnections()
    {
        await using var fixture = new BackEndFixture(SqlBackEnds.User("pgsql"));
        await using var server = await SqlBackEnds.StartAsync("pgsql", fixture.Root);
        var slow = "pgsql:" + fixture.Write("t.cf", server.Connection + "connections = 3\nquery = SELECT goto FROM aliases, pg_sleep(0.01) WHERE mailbox = '%s'\n");
        var count = "pgsql:" + fixture.Write("count.cf", server.Connection + "query = SELECT count(*) FROM pg_stat_activity WHERE usename = 'mail' AND query LIKE '%%pg_sleep%%' AND query NOT LIKE '%%stat%%'\n");
        var before = Process.GetCurrentProcess().Threads.Count;
        var lookups = Enumerable.Range(0, 1000).Select(_ => fixture.LookupAsync(slow, "only")).ToArray();
        await Task.WhenAny(lookups);
        var threads = Process.GetCurrentProcess().Threads.Count;
        Assert.All(await Task.WhenAll(lookups), static r => Assert.Equal(LookupResult.Found("the only value"), r));

        // They stay open for a while, and the last query of each is told.
        Assert.Equal("3", (await fixture.LookupAsync(count, "x")).Value);
        Assert.InRange(threads, 1, before + 30);
    }
}
