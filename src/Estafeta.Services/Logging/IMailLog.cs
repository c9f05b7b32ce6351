namespace Estafeta.Services.Logging;

public enum LogSeverity
{
    Info,
    Warning,
    Error,
    Fatal,
    Panic,
}

/// <summary>
/// The mail log: Postfix's own lines, one call a line, without the time stamp and tag. The text may hold peer-supplied bytes:
/// the log replaces what is not printable and adds <c>warning: </c> etc. by severity. Never blocks and never throws.
/// Implementations: syslog, postlogd's socket, standard error, and a list for tests.
/// </summary>
public interface IMailLog
{
    void Write(LogSeverity severity, string text);
}

public static class MailLogExtensions
{
    public static void Info(this IMailLog log, string text) => log.Write(LogSeverity.Info, text);

    public static void Warning(this IMailLog log, string text) => log.Write(LogSeverity.Warning, text);

    public static void Error(this IMailLog log, string text) => log.Write(LogSeverity.Error, text);
}
