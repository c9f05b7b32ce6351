using System.Text;

namespace Estafeta.Services.Logging;

/// <summary>The mail log of one service: its tag <c>syslog_name/process[pid]</c>, and the sink of the process.</summary>
public sealed class MailLog : IMailLog
{
    private readonly LogSink _sink;
    private readonly byte[] _tag;

    /// <param name="sink">Of the process; not disposed here.</param>
    /// <param name="syslogName">Parameter syslog_name: <c>postfix</c>, <c>postfix/submission</c>.</param>
    /// <param name="process">Name of the daemon or command: <c>smtpd</c>.</param>
    public MailLog(LogSink sink, string syslogName, string process)
        : this(sink, $"{syslogName}/{process}")
    {
    }

    /// <param name="sink">Of the process; not disposed here.</param>
    /// <param name="tag">The tag without process ID: what <c>postlog -t</c> was given.</param>
    public MailLog(LogSink sink, string tag)
    {
        _sink = sink;
        _tag = Encoding.UTF8.GetBytes($"{tag}[{Environment.ProcessId}]: ");
    }

    public void Write(LogSeverity severity, string text) => _sink.Write(severity, _tag, text);
}
