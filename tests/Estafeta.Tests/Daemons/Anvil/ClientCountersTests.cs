using Estafeta.Daemons.Anvil;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Logging;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Daemons.Anvil;

/// <summary>Two processes' counters at one anvil, over its socket.</summary>
public sealed class ClientCountersTests : IAsyncDisposable
{
    private const string Client = "smtp:192.0.2.1";

    private readonly ManualTime _time = new();
    private readonly MemoryMailLog _log = new();
    private readonly AnvilService _anvil;
    private readonly UnixServer _server;
    private readonly ClientCounters _first;
    private readonly ClientCounters _second;
    private bool _isServerGone;

    public ClientCountersTests()
    {
        _anvil = new AnvilService(new AnvilSettings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600)), _log, _time);
        _server = new UnixServer(ClientCountWire.Protocol, new AnvilEndpoint(_anvil).ServeAsync);
        _first = new ClientCounters(_server.Path, _time, _log);
        _second = new ClientCounters(_server.Path, _time, _log);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_AreThoseOfAllProcesses()
    {
        var a = await OpenAsync(_first);
        var b = await OpenAsync(_second);
        Assert.Equal((1, 1), (a.Connections, a.ConnectionRate));
        Assert.Equal((2, 2), (b.Connections, b.ConnectionRate));
        var again = await OpenAsync(_second);
        Assert.Equal(3, again.Connections);
        Assert.Equal(1, (await _first.OpenAsync("smtp:192.0.2.2", Token))!.Connections);
    }

    [Fact]
    public async Task Counting_IsExactWithinAProcess_WithoutWaiting()
    {
        var tally = await OpenAsync(_first);
        for (var i = 1; i <= 1000; i++)
        {
            Assert.Equal(i, tally.Count(ClientEvent.Message));
        }

        Assert.Equal(0, tally.RateOf(ClientEvent.Recipient));
        var elsewhere = await OpenAsync(_second);
        await UntilAsync(() => elsewhere.Count(ClientEvent.Message) > 1000);
    }

    [Fact]
    public async Task Rates_BeginAnewWhenTheTimeUnitIsOver()
    {
        var tally = await OpenAsync(_first);
        Assert.Equal(1, tally.Count(ClientEvent.Message));
        Assert.NotNull(await _first.OpenAsync("smtp:192.0.2.2", Token)); // answered after all that went before
        _time.AdvanceSeconds(61);
        Assert.Equal(1, tally.Count(ClientEvent.Message));
    }

    [Fact]
    public async Task Sessions_ThatEnd_AreNotCountedAnyMore()
    {
        var a = await OpenAsync(_first);
        var b = await OpenAsync(_first);
        Assert.Equal(2, b.Connections);
        a.Close();
        Assert.Equal(1, b.Connections);
        var c = await OpenAsync(_first);
        Assert.Equal(2, c.Connections);
        Assert.Equal(3, c.ConnectionRate);
    }

    [Fact]
    public async Task Process_ThatDies_TakesItsSessionsAlong()
    {
        var counters = new ClientCounters(_server.Path, _time, _log);
        await OpenAsync(counters);
        await OpenAsync(counters);
        await counters.DisposeAsync();
        await UntilAsync(() => _anvil.Count(Client, ClientEvent.Message).Connections == 0);
    }

    [Fact]
    public async Task AnvilDown_CountsNothing_AndIsAskedAgainLater()
    {
        await using var counters = new ClientCounters("/nonexistent/anvil", _time, _log);
        Assert.Null(await counters.OpenAsync(Client, Token));
        Assert.Null(await counters.OpenAsync(Client, Token));
        Assert.Single(_log.Lines, l => l.StartsWith("warning: problem talking to service anvil: ", StringComparison.Ordinal));
        _time.AdvanceSeconds(6);
        Assert.Null(await counters.OpenAsync(Client, Token));
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public async Task AnvilLost_CountsNothing()
    {
        var tally = await OpenAsync(_first);
        await _server.DisposeAsync();
        _isServerGone = true;
        await UntilAsync(() => tally.Count(ClientEvent.Message) == 0);
        tally.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        if (!_isServerGone)
        {
            await _server.DisposeAsync();
        }

        _anvil.Dispose();
    }

    private static async Task<ClientTally> OpenAsync(ClientCounters counters)
    {
        var tally = await counters.OpenAsync(Client, Token);
        Assert.NotNull(tally);
        return tally;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
