using System.Net.Sockets;
using Estafeta.Services.Ipc;

namespace Estafeta.Tests.Services.Ipc;

public class IpcConnectionTests
{
    private const byte Echo = IpcFrame.FirstOwn;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Frames_OfAnySize_ArriveWhole(int size)
    {
        await using var server = new UnixServer("echo", EchoAsync);
        await using var pool = new IpcPool(server.Path, "echo", TimeProvider.System);
        var connection = await pool.RentAsync(TestContext.Current.CancellationToken);
        var sent = new byte[size];
        new Random(size).NextBytes(sent);
        for (var round = 0; round < 3; round++)
        {
            connection.Out.BeginFrame(Echo);
            connection.Out.WriteRaw(sent);
            connection.Out.EndFrame();
            await connection.FlushAsync(TestContext.Current.CancellationToken);
            var frame = await connection.ExpectAsync(Echo, TestContext.Current.CancellationToken);
            Assert.True(frame.Payload.Span.SequenceEqual(sent));
        }

        await pool.ReturnAsync(connection);
    }

    /// <summary>What follows half a frame must not be read as frames: the other side sees the end of the connection within a frame, and nothing else.</summary>
    [Fact]
    public async Task Flush_CutOffWithinAFrame_IsNotSentAgain()
    {
        var (near, far) = UnixPair();
        near.SendBufferSize = 64 * 1024;
        await using var sender = new IpcConnection(near);
        await using var receiver = new IpcConnection(far);
        using var limit = new CancellationTokenSource();
        sender.Out.BeginFrame(Echo);
        sender.Out.WriteRaw(new byte[3_000_000]);
        sender.Out.EndFrame();
        var flush = sender.FlushAsync(limit.Token).AsTask();
        Assert.False(flush.IsCompleted); // or nothing is cut off
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        Assert.Equal(0, sender.Out.Length);
        var received = receiver.ReceiveAsync(TestContext.Current.CancellationToken).AsTask();
        sender.Out.BeginFrame(Echo);
        sender.Out.EndFrame();
        await sender.FlushAsync(TestContext.Current.CancellationToken);
        await sender.DisposeAsync();
        await Assert.ThrowsAsync<IpcProtocolException>(() => received);
    }

    [Fact]
    public async Task Rent_OtherProtocol_IsRefused()
    {
        await using var server = new UnixServer("echo", EchoAsync);
        await using var pool = new IpcPool(server.Path, "other", TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(async () => await pool.RentAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Rent_UntrustedUser_IsRefusedUnread()
    {
        await using var server = new UnixServer("echo", EchoAsync, trust: false);
        await using var pool = new IpcPool(server.Path, "echo", TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(async () => await pool.RentAsync(TestContext.Current.CancellationToken));
        Assert.Contains(server.Log.Lines, l => l.Contains("untrusted user"));
    }

    [Fact]
    public async Task Rent_AfterTheServerClosedAnIdleConnection_ConnectsAgain()
    {
        await using var server = new UnixServer("echo", async (c, t) => await EchoOnceAsync(c, t));
        await using var pool = new IpcPool(server.Path, "echo", TimeProvider.System);
        for (var i = 0; i < 3; i++)
        {
            var connection = await pool.RentAsync(TestContext.Current.CancellationToken);
            connection.Out.BeginFrame(Echo);
            connection.Out.EndFrame();
            await connection.FlushAsync(TestContext.Current.CancellationToken);
            await connection.ExpectAsync(Echo, TestContext.Current.CancellationToken);
            Assert.True((await connection.ReceiveAsync(TestContext.Current.CancellationToken)).IsClosed);
            await pool.ReturnAsync(connection);
        }
    }

    [Fact]
    public async Task Garbage_EndsOnlyItsConnection()
    {
        await using var server = new UnixServer("echo", EchoAsync);
        using var raw = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await raw.ConnectAsync(new UnixDomainSocketEndPoint(server.Path), TestContext.Current.CancellationToken);
        await raw.SendAsync(new byte[] { 0xff, 0xff, 0xff, 0xff, 9, 9, 9 }, SocketFlags.None, TestContext.Current.CancellationToken);
        Assert.Equal(0, await raw.ReceiveAsync(new byte[16], SocketFlags.None, TestContext.Current.CancellationToken));
        await using var pool = new IpcPool(server.Path, "echo", TimeProvider.System);
        await pool.ReturnAsync(await pool.RentAsync(TestContext.Current.CancellationToken));
    }

    private static async Task EchoAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (await EchoOnceAsync(connection, stopping))
        {
        }
    }

    private static async Task<bool> EchoOnceAsync(IpcConnection connection, CancellationToken stopping)
    {
        var frame = await connection.ReceiveAsync(stopping);
        if (frame.IsClosed)
        {
            return false;
        }

        connection.Out.BeginFrame(frame.Type);
        connection.Out.WriteRaw(frame.Payload.Span);
        connection.Out.EndFrame();
        await connection.FlushAsync(CancellationToken.None);
        return true;
    }

    private static (Socket Near, Socket Far) UnixPair()
    {
        var folder = Directory.CreateTempSubdirectory("estafeta-pair-");
        var endpoint = new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "s"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endpoint);
        listener.Listen(1);
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        near.Connect(endpoint);
        var far = listener.Accept();
        folder.Delete(recursive: true);
        return (near, far);
    }
}
