using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Postlogd;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Daemons.Postlogd;

public sealed class PostlogdTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private readonly SteppingTime _time = new();

    private string Socket => Path.Combine(_directory.FullName, "postlog");

    private string LogPath => Path.Combine(_directory.FullName, "mail.log");

    private bool IsLogEmpty => new FileInfo(LogPath).Length == 0;

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Lines_OfSeveralProcesses_ComeInTheOrderTheyWereWritten()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        using (var first = OpenSink())
        using (var second = OpenSink())
        {
            // Each sink sends in batches of its own: without sorting the batches would not interleave.
            var smtp = new MailLog(first, "postfix", "smtp");
            var queue = new MailLog(second, "postfix", "qmgr");
            for (var i = 0; i < 50; i++)
            {
                smtp.Info($"line {2 * i}");
                queue.Info($"line {(2 * i) + 1}");
            }
        }

        await RunAsync();
        var lines = File.ReadAllLines(LogPath);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"line {i}"), lines.Select(l => l[(l.IndexOf("]: ", StringComparison.Ordinal) + 3)..]));
        Assert.Matches($@"^[A-Z][a-z][a-z] [ 1-3][0-9] [0-9:]{{8}} host postfix/smtp\[{Environment.ProcessId}\]: line 0$", lines[0]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath));
    }

    [Fact]
    public async Task LineOfAProcessThatWasSlow_StillComesInItsPlace()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        var time = new ManualTime();
        using var daemon = new PostlogdDaemon(Context(time));
        using var stopping = new CancellationTokenSource();
        var running = daemon.RunAsync(Context(time), stopping.Token);
        var written = time.GetUtcNow();
        time.Advance(TimeSpan.FromMilliseconds(1));
        Send(time.GetUtcNow(), "second");
        await PassAsync(time, 3);
        Send(written, "first");
        for (var i = 0; i < 100 && IsLogEmpty; i++)
        {
            await PassAsync(time, 1);
        }

        Assert.Equal("first\nsecond\n", File.ReadAllText(LogPath));
        await stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task ClockSetBack_HoldsNoLine()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        var time = new ManualTime();
        using var daemon = new PostlogdDaemon(Context(time));
        using var stopping = new CancellationTokenSource();
        var running = daemon.RunAsync(Context(time), stopping.Token);
        Send(time.GetUtcNow(), "before");
        await PassAsync(time, 1);
        time.SetClock(TimeSpan.FromHours(-1));
        await PassAsync(time, 1);
        Assert.Equal("before\n", File.ReadAllText(LogPath));
        await stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task PlainDatagram_IsOneLine()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        using (var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint(Socket));
            client.Send(Encoding.ASCII.GetBytes("Nov 25 13:48:23 host postfix/postlog[1]: forged\nNov 25 root"));
        }

        await RunAsync();
        Assert.Equal("Nov 25 13:48:23 host postfix/postlog[1]: forged?Nov 25 root\n", File.ReadAllText(LogPath));
    }

    [Fact]
    public void Sink_WithoutPostlogd_WritesTheFileItself_WhenAllowed()
    {
        using (var sink = new PostlogSink(Options() with { WriteFileWithoutPostlogd = true }))
        {
            new MailLog(sink, "postfix", "master").Info("daemon started");
        }

        Assert.EndsWith("]: daemon started\n", File.ReadAllText(LogPath));
    }

    [Fact]
    public void Options_OutsideThePrefixes_AreRefused()
    {
        var parameters = ParameterSet.Parse("maillog_file = /variable/log\nmaillog_file_prefixes = /var, /dev/stdout\n");
        var refusal = Assert.Throws<ConfigurationException>(() => LogSinkOptions.From(parameters, TimeProvider.System));
        Assert.Equal("maillog_file value '/variable/log' does not match any prefix in maillog_file_prefixes", refusal.Message);
    }

    // Started with stopping set: it reads what is there, writes it and ends.
    private async Task RunAsync()
    {
        var context = Context(TimeProvider.System);
        using var daemon = new PostlogdDaemon(context);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await daemon.RunAsync(context, stopped.Token);
    }

    private ServiceContext Context(TimeProvider time) => new()
    {
        ServiceName = "postlog",
        ServiceType = "unix-dgram",
        Parameters = ParameterSet.Parse($"maillog_file = {LogPath}\nmaillog_file_prefixes = {_directory.FullName}\n"),
        Listeners = [new ListeningSocket(_listener)],
        Log = new MemoryMailLog(),
        Time = time,
    };

    // As many of the daemon's rounds, each to its end; it waits no more when all is written.
    private async Task PassAsync(ManualTime time, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            await UntilItWaitsAsync(time);
            time.Advance(TimeSpan.FromMilliseconds(25));
            await UntilItWaitsAsync(time);
        }
    }

    private async Task UntilItWaitsAsync(ManualTime time)
    {
        var start = Stopwatch.GetTimestamp();
        while (!time.HasTimers && IsLogEmpty)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private void Send(DateTimeOffset written, string line)
    {
        var datagram = new byte[LogRecords.Mark.Length + LogRecords.HeaderOctets + line.Length];
        LogRecords.Mark.CopyTo(datagram);
        LogRecords.WriteHeader(datagram.AsSpan(LogRecords.Mark.Length), written, line.Length);
        Encoding.ASCII.GetBytes(line, datagram.AsSpan(LogRecords.Mark.Length + LogRecords.HeaderOctets));
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(Socket));
        client.Send(datagram);
    }

    private PostlogSink OpenSink() => new(Options());

    private LogSinkOptions Options() => new()
    {
        SyslogName = "postfix",
        MaillogFile = LogPath,
        PostlogSocket = Socket,
        Host = "host",
        Time = _time,
    };

    // No two lines at the same moment.
    private sealed class SteppingTime : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 11, 25, 13, 48, 23, TimeSpan.Zero).UtcTicks;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Add(ref _ticks, 10), TimeSpan.Zero);
    }
}
