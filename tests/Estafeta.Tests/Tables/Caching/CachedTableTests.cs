using Estafeta.Configuration;
using Estafeta.Tables;
using Estafeta.Tables.Caching;

namespace Estafeta.Tests.Tables.Caching;

public sealed class CachedTableTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly ChangingTable _inner = new();
    private readonly List<string> _warnings = [];

    private CachedTable Table => field ??= new CachedTable(_inner, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600), _time, _warnings.Add);

    [Fact]
    public async Task Lookup_WithinLifetime_IsNotAskedAgain()
    {
        _inner.Next = LookupResult.Found("1");
        Assert.Equal("1", (await FindAsync("a")).Value);
        _inner.Next = LookupResult.NotFound;
        Assert.Equal("1", (await FindAsync("a")).Value);
        Assert.Equal(LookupOutcome.NotFound, (await FindAsync("b")).Outcome);
        _inner.Next = LookupResult.Found("2");
        Assert.Equal(LookupOutcome.NotFound, (await FindAsync("b")).Outcome);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("2", (await FindAsync("a")).Value);
        Assert.Equal("2", (await FindAsync("b")).Value);
        Assert.Equal(4, _inner.Asked);
    }

    [Fact]
    public async Task Lookup_Trouble_UsesTheOldAnswerForAWhileAndIsNotRemembered()
    {
        _inner.Next = LookupResult.Found("1");
        await FindAsync("a");
        _inner.Next = LookupResult.Trouble("down");
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("1", (await FindAsync("a")).Value);
        Assert.Single(_warnings);
        Assert.True((await FindAsync("b")).IsTrouble);
        _time.Advance(TimeSpan.FromSeconds(600));
        Assert.True((await FindAsync("a")).IsTrouble);
        _inner.Next = LookupResult.Found("2");
        Assert.Equal("2", (await FindAsync("a")).Value);
    }

    [Fact]
    public async Task Lookup_SameKeyAtOnce_IsAskedOnce()
    {
        var answer = new TaskCompletionSource<LookupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inner.Pending = answer.Task;
        var lookups = Enumerable.Range(0, 50).Select(_ => FindAsync("a")).ToArray();
        answer.SetResult(LookupResult.Found("1"));
        Assert.All(await Task.WhenAll(lookups), r => Assert.Equal("1", r.Value));
        Assert.Equal(1, _inner.Asked);
    }

    [Fact]
    public async Task Lookup_WaiterCancelled_DoesNotCancelTheOthers()
    {
        var answer = new TaskCompletionSource<LookupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inner.Pending = answer.Task;
        using var cancellation = new CancellationTokenSource();
        var cancelled = Table.LookupAsync("a", cancellation.Token).AsTask();
        var other = FindAsync("a");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        answer.SetResult(LookupResult.Found("1"));
        Assert.Equal("1", (await other).Value);
    }

    [Fact]
    public async Task OpenList_WithAttributes_CachesThatTableOnly()
    {
        await using var fixture = new TableFixture(time: _time);
        var path = fixture.Write("t", "a 1\n");
        var list = fixture.Tables.OpenList("x_maps", $"{{ inline:{{b=2}}, {{ cache_ttl = 60s }}, stale_ok=10m }}, texthash:{path}");
        Assert.IsType<CachedTable>(list.Tables[0]);
        Assert.IsNotType<CachedTable>(list.Tables[1]);
        Assert.Equal("2", (await list.LookupAsync("B", TestContext.Current.CancellationToken)).Value);
        Assert.Throws<ConfigurationException>(() => fixture.Tables.OpenList("x_maps", "{ static:a, cache_ttl=soon }"));
    }

    [Fact]
    public async Task Statistics_Lookups_AreCounted()
    {
        await using var fixture = new TableFixture();
        var list = fixture.Tables.OpenList("x_maps", "inline:{a=1}, fail:x");
        await list.LookupAsync("a", TestContext.Current.CancellationToken);
        await list.LookupAsync("b", TestContext.Current.CancellationToken);
        var statistics = fixture.Tables.Statistics.ToDictionary();
        Assert.Equal((1, 1, 0), (statistics["inline:{a=1}"].Found, statistics["inline:{a=1}"].NotFound, statistics["inline:{a=1}"].Trouble));
        Assert.Equal((1, 1), (statistics["fail:x"].Trouble, statistics["fail:x"].Latencies.Sum()));
    }

    [Fact]
    public async Task Debug_Table_LogsEachAccess()
    {
        var lines = new List<string>();
        await using var tables = new TableSet(ParameterSet.Parse("")) { Inform = lines.Add };
        Assert.Equal("1", (await tables.Open("debug:inline:{a=1}").LookupAsync("a", TestContext.Current.CancellationToken)).Value);
        Assert.Equal(["inline:{a=1} lookup: \"a\" = \"1\""], lines);
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private Task<LookupResult> FindAsync(string key) => Table.LookupAsync(key, TestContext.Current.CancellationToken).AsTask();

    private sealed class ChangingTable : ILookupTable
    {
        public string Name => "changing:x";

        public bool HasFixedKeys => true;

        public LookupResult Next { get; set; }

        public Task<LookupResult>? Pending { get; set; }

        public int Asked { get; private set; }

        public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
        {
            Asked++;
            return Pending == null ? new ValueTask<LookupResult>(Next) : new ValueTask<LookupResult>(Pending);
        }

        public ValueTask DisposeAsync() => default;
    }
}
