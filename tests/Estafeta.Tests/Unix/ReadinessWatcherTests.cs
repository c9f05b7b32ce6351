using System.Net.Sockets;
using Estafeta.Unix.Polling;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Unix;

public sealed class ReadinessWatcherTests : IDisposable
{
    private readonly ReadinessWatcher _watcher = new();
    private readonly Socket _ours;
    private readonly Socket _theirs;

    public ReadinessWatcherTests() => (_ours, _theirs) = SocketPair.CreateStream();

    public void Dispose()
    {
        _watcher.Dispose();
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task Wait_EndsWithInput_WhichIsLeftThere()
    {
        var waiting = _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _theirs.Send("x"u8);
        Assert.True(await waiting);
        Assert.True(await _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken));
        Assert.Equal(1, _ours.Available);
    }

    [Fact]
    public async Task Wait_EndsWhenThePeerIsGone()
    {
        var waiting = _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken);
        _theirs.Dispose();
        Assert.True(await waiting);
    }

    [Fact]
    public async Task Wait_EndsWithTheToken_AndAnotherCanBegin()
    {
        for (var i = 0; i < 3; i++)
        {
            using var ending = new CancellationTokenSource();
            var waiting = _watcher.WaitReadableAsync(_ours, ending.Token);
            Assert.False(waiting.IsCompleted);
            await ending.CancelAsync();
            Assert.False(await waiting);
        }

        _theirs.Send("x"u8);
        Assert.True(await _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TwoWaits_ForOneSocket_AreAMistake()
    {
        var waiting = _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _watcher.WaitReadableAsync(_ours, TestContext.Current.CancellationToken));
        _theirs.Send("x"u8);
        Assert.True(await waiting);
    }

    [Fact]
    public async Task ManySockets_AreToldApart()
    {
        var pairs = Enumerable.Range(0, 300).Select(static _ => SocketPair.CreateStream()).ToList();
        var waiting = pairs.ConvertAll(p => _watcher.WaitReadableAsync(p.Ours, TestContext.Current.CancellationToken));
        for (var i = 1; i < pairs.Count; i += 2)
        {
            pairs[i].Theirs.Send("x"u8);
        }

        for (var i = 1; i < pairs.Count; i += 2)
        {
            Assert.True(await waiting[i]);
        }

        Assert.DoesNotContain(Enumerable.Range(0, pairs.Count / 2), i => waiting[2 * i].IsCompleted);
        pairs.ForEach(static p => p.Theirs.Dispose());
        await Task.WhenAll(waiting);
        pairs.ForEach(static p => p.Ours.Dispose());
    }
}
