using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>smtp_per_request_deadline and smtp_min_data_rate: what the time limits are for. The servers take their time, and time stands still meanwhile.</summary>
public sealed class RequestDeadlineTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(100);

    private readonly ManualTime _time = new();
    private readonly MemoryMailLog _log = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

    public RequestDeadlineTests()
    {
        _listener.Start();
        _socket.Connect(_listener.LocalEndpoint);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _listener.Dispose();
    }

    [Theory]
    [InlineData(false, 99, "250")]
    [InlineData(false, 101, "")]
    [InlineData(true, 32, "250")]
    [InlineData(true, 40, "")]
    public async Task Reply_InThreePieces_ComesInTime(bool isDeadline, int secondsEach, string code)
    {
        await using var connection = Connect(isDeadline, secondsEach, "250-first\r\n", "250-sec", "ond\r\n250 third\r\n");
        var reply = await connection.ReadReplyAsync(Limit, CancellationToken.None);
        Assert.Equal((code, code.Length == 0 ? ReplyFailure.TimedOut : ReplyFailure.None), (reply.IsLost ? "" : reply.Text[..3], reply.Failure));
    }

    /// <summary>Five writes of up to 65,536 octets each, of which four are made while there is more to come.</summary>
    [Theory]
    [InlineData(null, 99, false)]
    [InlineData(null, 101, true)]
    [InlineData(1000, 65, false)]
    [InlineData(1000, 70, false)]
    [InlineData(1000, 90, true)]
    [InlineData(10000, 70, true)]
    public async Task Content_OfASlowServer_IsSentInTime(int? octetsPerSecond, int secondsEach, bool isTooSlow)
    {
        await using var connection = Connect(isDeadline: true, secondsEach);
        var request = SmtpAgentHarness.WithBody(SmtpAgentHarness.Request("x.test", "r@x.test"), string.Concat(Enumerable.Repeat(new string('x', 62) + "\n", 5000)));
        var sender = new ContentSender(connection, new ContentEncoder(998, false), null, null, Limit, octetsPerSecond, _time);
        var failure = await sender.SendAsync(request, request.Head, CancellationToken.None);
        Assert.Equal(isTooSlow ? ReplyFailure.TimedOut : ReplyFailure.None, failure);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("smtp_per_request_deadline = yes", 500, null)]
    [InlineData("smtp_per_record_deadline = yes\nsmtp_min_data_rate = 7", 7, null)]
    [InlineData("lmtp_per_request_deadline = yes\nlmtp_min_data_rate = 9", null, 9)]
    public void Settings_DataRateCountsWithADeadline(string mainCf, int? smtp, int? lmtp)
    {
        var parameters = ParameterSet.Parse(mainCf);
        Assert.Equal((smtp, lmtp), (SmtpClientSettings.Load(parameters, isLmtp: false).MinimumDataRate, SmtpClientSettings.Load(parameters, isLmtp: true).MinimumDataRate));
    }

    private SmtpConnection Connect(bool isDeadline, int secondsEach, params string[] pieces)
    {
        var parser = new ReplyParser("mx.test[192.0.2.1]:25", "ESMTP", 2048, _log);
        var connection = new SmtpConnection(_socket, "mx.test[192.0.2.1]:25", parser, MapList.Empty, 2048, default, _log, _time) { HasReplyDeadline = isDeadline };
        connection.Swap(new SlowServer(_time, secondsEach, pieces));
        return connection;
    }

    /// <summary>Each read and each write takes so many seconds.</summary>
    private sealed class SlowServer(ManualTime time, int secondsEach, IEnumerable<string> pieces) : MemoryStream
    {
        private readonly Queue<string> _pieces = new(pieces);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.AdvanceSeconds(secondsEach);
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.FromResult(_pieces.TryDequeue(out var piece) ? Encoding.ASCII.GetBytes(piece, buffer.Span) : 0);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.AdvanceSeconds(secondsEach);
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.CompletedTask;
        }
    }
}
