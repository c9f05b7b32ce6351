using System.Net.Sockets;
using System.Text;
using Estafeta.Daemons.Qmqpd;

namespace Estafeta.Tests.Daemons.Qmqpd;

/// <summary>Netstrings of a client, right and wrong: however they arrive, and wherever they stop.</summary>
public sealed class QmqpdProtocolTests
{
    private const string Format = "netstring format error while receiving ";
    private const string TooLong = "netstring length exceeds storage limit while receiving ";

    [Theory]
    [InlineData("hello\r\n", Format + "QMQP packet header")]
    [InlineData("x:", Format + "QMQP packet header")]
    [InlineData("-1:", Format + "QMQP packet header")]
    [InlineData("99999999999999999999:", TooLong + "QMQP packet header")]
    [InlineData("0:,", Format + "message content")]
    [InlineData("007:abc,", Format + "message content")]
    [InlineData("8:3:abcXyz,", Format + "message content")]
    [InlineData("8:12:abcd,", Format + "message content")]
    [InlineData("40:30:", TooLong + "message content")]
    [InlineData("28:1:x,21:aaaaaaaaaaaaaaaaaaaaa,,", TooLong + "sender address")]
    [InlineData("6:1:x,", Format + "sender address", "30:,")]
    [InlineData("30:1:x,1:s,21:aaaaaaaaaaaaaaaaaaaa", TooLong + "recipient address")]
    [InlineData("12:1:x,1:s,1:rX", Format + "recipient address")]
    [InlineData("12:1:x,1:s,1:r,X", Format + "recipient address")]
    public async Task WrongNetstring_IsRefusedAndLogged(string sent, string complaint, string rest = "")
    {
        await using var qmqpd = new QmqpdFixture("message_size_limit = 29\nline_length_limit = 512");
        var limited = sent.Replace("21:aaaaaaaaaaaaaaaaaaaa", "513:" + new string('a', 20), StringComparison.Ordinal)
            .Replace("28:1:x", "900:1:x", StringComparison.Ordinal).Replace("30:1:x", "900:1:x", StringComparison.Ordinal);
        Assert.Equal(QmqpdFixture.Netstring("D" + complaint), await qmqpd.TalkAsync(limited + rest));
        Assert.Contains($"NOQUEUE: localhost[127.0.0.1]: {complaint}", await qmqpd.StopAsync());
        Assert.Equal(0, qmqpd.Cleanup.Open);
    }

    [Fact]
    public async Task Message_SplitAnywhere_IsTheSame()
    {
        var octets = Encoding.ASCII.GetBytes(QmqpdFixture.Message("Subject: x\n\nhi", "s@a.test", "r@b.test", ""));
        for (var i = 0; i <= octets.Length; i++)
        {
            using var reader = new NetstringReader(new PiecewiseStream(octets[..i], octets[i..]), TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
            var message = await Read(reader);
            Assert.NotNull(message);
            Assert.Equal(("Subject: x\n\nhi", "s@a.test"), (Encoding.ASCII.GetString(message.Content), message.Sender));
            Assert.Equal(["r@b.test", ""], message.Recipients);
        }
    }

    [Fact]
    public async Task Message_ThatStopsAnywhere_IsNone()
    {
        var octets = Encoding.ASCII.GetBytes(QmqpdFixture.Message("Subject: x\n\nhi", "s@a.test", "r@b.test"));
        for (var i = 0; i < octets.Length; i++)
        {
            using var reader = new NetstringReader(new PiecewiseStream(octets[..i]), TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
            Assert.Null(await Read(reader));
            Assert.Equal(NetstringTrouble.LostConnection, reader.Trouble);
        }
    }

    [Fact]
    public async Task LargeContent_ArrivesWhole()
    {
        var content = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i}\n"));
        await using var qmqpd = new QmqpdFixture();
        await qmqpd.TalkAsync(QmqpdFixture.Message(content, "s@a.test", "r@b.test"));
        Assert.EndsWith(content, Assert.Single(qmqpd.Cleanup.Committed).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatLeaves_IsLogged()
    {
        await using var qmqpd = new QmqpdFixture();
        Assert.Equal("", await qmqpd.TalkAsync("200:100:abc"));
        Assert.Contains("NOQUEUE: localhost[127.0.0.1]: lost connection while receiving message content", await qmqpd.StopAsync());
    }

    [Fact]
    public async Task ClientThatSaysNothing_IsLeftAfterTheTimeout()
    {
        var time = new ManualTime();
        using var reader = new NetstringReader(new PiecewiseStream("20:"u8.ToArray()) { StaysOpen = true }, TimeSpan.FromMinutes(1), time, CancellationToken.None);
        var message = Read(reader);
        Assert.False(message.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await message);
        Assert.Equal(NetstringTrouble.Timeout, reader.Trouble);
    }

    [Fact]
    public async Task ErrorDelay_ComesBeforeARefusalOnly()
    {
        var time = new ShortenedTime(TimeSpan.FromSeconds(7));
        await using var qmqpd = new QmqpdFixture("qmqpd_error_delay = 7s", time);
        await qmqpd.TalkAsync(QmqpdFixture.Message("x", "s@a.test", "r@b.test"));
        Assert.Equal(0, time.Shortened);
        Assert.StartsWith("58:Dnetstring format error", await qmqpd.TalkAsync("x"), StringComparison.Ordinal);
        Assert.Equal(1, time.Shortened);
    }

    private static ValueTask<QmqpMessage?> Read(NetstringReader reader) =>
        new QmqpReader(reader, QmqpdSettings.Read(Estafeta.Configuration.ParameterSet.Parse("compatibility_level = 3.12\nmyhostname = mail.example.test"))).ReadAsync();

    // Each read returns one of the pieces, then the end.
    private sealed class PiecewiseStream(params byte[][] pieces) : MemoryStream
    {
        private int _next;

        /// <summary>Behind the last piece nothing comes, not even the end.</summary>
        public bool StaysOpen { get; init; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_next < pieces.Length)
            {
                var piece = pieces[_next++];
                if (piece.Length > 0)
                {
                    piece.CopyTo(buffer);
                    return piece.Length;
                }
            }

            if (StaysOpen)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return 0;
        }
    }

    // One duration is over at once, and counted.
    private sealed class ShortenedTime(TimeSpan duration) : TimeProvider
    {
        private int _shortened;

        public int Shortened => Volatile.Read(ref _shortened);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == duration)
            {
                Interlocked.Increment(ref _shortened);
                dueTime = TimeSpan.Zero;
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
