using System.Net.Sockets;
using System.Text;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Services.Logging;

public sealed class SyslogSinkTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta");
    private readonly Socket _syslogd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private string Path => System.IO.Path.Combine(_directory.FullName, "log");

    public void Dispose()
    {
        _syslogd.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(LogSeverity.Info, "<22>", "connect from a[1]")]
    [InlineData(LogSeverity.Warning, "<20>", "warning: connect from a[1]")]
    [InlineData(LogSeverity.Error, "<19>", "error: connect from a[1]")]
    [InlineData(LogSeverity.Fatal, "<18>", "fatal: connect from a[1]")]
    public void Write_SendsPostfixLines(LogSeverity severity, string priority, string text)
    {
        _syslogd.Bind(new UnixDomainSocketEndPoint(Path));
        using var sink = Open();
        new MailLog(sink, "postfix/submission", "smtpd").Write(severity, "connect from a[1]");
        var line = Receive();
        Assert.Matches($"^{priority}[A-Z][a-z][a-z] [ 1-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9] $", line[..20]);
        Assert.Equal($"postfix/submission/smtpd[{Environment.ProcessId}]: {text}", line[20..]);
    }

    [Fact]
    public void Write_WhileSyslogdStandsStill_DropsBeyondTheBuffer_AndSaysHowMany()
    {
        _syslogd.Bind(new UnixDomainSocketEndPoint(Path));
        using var sink = Open();
        var log = new MailLog(sink, "postfix", "smtpd");
        var text = new string('x', 1000);
        const int Count = 3000;
        for (var i = 0; i < Count; i++)
        {
            log.Info(text);
        }

        var received = 0;
        var line = Receive();
        while (!line.Contains("dropped", StringComparison.Ordinal))
        {
            received++;
            line = Receive();
        }

        Assert.EndsWith($"warning: {Count - received} log lines were dropped: the log reader did not keep up", line);
        Assert.InRange(received, 500, Count - 1);
    }

    [Fact]
    public void Write_WithoutSyslogd_DoesNothing()
    {
        using var sink = Open();
        new MailLog(sink, "postfix", "smtpd").Info("lost");
    }

    private SyslogSink Open() => new(new LogSinkOptions { SyslogName = "postfix", SyslogSocket = Path });

    private string Receive()
    {
        var buffer = new byte[4096];
        _syslogd.ReceiveTimeout = 30_000;
        return Encoding.UTF8.GetString(buffer.AsSpan(0, _syslogd.Receive(buffer)));
    }
}
