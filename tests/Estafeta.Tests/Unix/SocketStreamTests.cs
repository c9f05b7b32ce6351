using System.Net;
using System.Net.Sockets;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Unix;

public sealed class SocketStreamTests : IDisposable
{
    private readonly Socket _near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _far;

    public SocketStreamTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _near.Connect(listener.LocalEndPoint!);
        _far = listener.Accept();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    [Fact]
    public async Task WriteAsync_MoreThanTheSocketTakes_ArrivesWhole()
    {
        await using var writer = new SocketStream(_near, ownsSocket: true);
        await using var reader = new SocketStream(_far, ownsSocket: true);
        _near.SendBufferSize = _far.ReceiveBufferSize = 64 * 1024;
        var sent = new byte[8 * 1024 * 1024];
        new Random(7).NextBytes(sent);
        var write = writer.WriteAsync(sent, Cancellation);
        Assert.False(write.IsCompleted); // or this would prove nothing
        var received = new byte[sent.Length];
        await reader.ReadExactlyAsync(received, Cancellation);
        await write;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task WriteAsync_PeerIsGone_IsAnIOException()
    {
        await using var writer = new SocketStream(_near, ownsSocket: true);
        _far.LingerState = new LingerOption(true, 0);
        _far.Dispose();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await writer.WriteAsync(new byte[1024], Cancellation);
            }
        });
    }

    [Fact]
    public async Task WriteAsync_Cancelled_SendsNothing()
    {
        await using var writer = new SocketStream(_near, ownsSocket: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writer.WriteAsync("x"u8.ToArray(), new CancellationToken(true)));
        _near.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await _far.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
    }

    [Fact]
    public async Task Peeking_TellsInputFromTheEnd()
    {
        Assert.False(SocketStream.HasInput(_near));
        Assert.False(SocketStream.IsReadable(_near));
        await _far.SendAsync("x"u8.ToArray(), SocketFlags.None, Cancellation);
        Assert.True(_near.Poll(-1, SelectMode.SelectRead));
        Assert.True(SocketStream.HasInput(_near));
        Assert.True(SocketStream.IsReadable(_near));
        Assert.Equal(1, await _near.ReceiveAsync(new byte[4], SocketFlags.None, Cancellation));
        _far.Shutdown(SocketShutdown.Send);
        Assert.True(_near.Poll(-1, SelectMode.SelectRead));
        Assert.False(SocketStream.HasInput(_near));
        Assert.True(SocketStream.IsReadable(_near));
    }

    [Fact]
    public async Task Dispose_Owner_ClosesTheSocket_OthersDoNot()
    {
        await new SocketStream(_near, ownsSocket: false).DisposeAsync();
        Assert.True(_near.Connected);
        await new SocketStream(_near, ownsSocket: true).DisposeAsync();
        Assert.Equal(0, await _far.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
    }
}
