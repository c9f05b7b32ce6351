namespace Estafeta.Services.Logging;

/// <summary>
/// Where the lines of a process go. One per process, shared by the logs of all services in it (<see cref="MailLog"/>).
/// Thread-safe. <see cref="Write"/> never throws and never waits for the reader of the log: what does not fit into a bounded
/// buffer is dropped and counted. Dispose writes out what is buffered, within a second.
/// </summary>
public abstract class LogSink : IDisposable
{
    /// <param name="tag"><c>postfix/smtpd[1234]: </c></param>
    public abstract void Write(LogSeverity severity, ReadOnlySpan<byte> tag, ReadOnlySpan<char> text);

    /// <summary>Waits, at most a second, until all that was written is out.</summary>
    public virtual void Flush()
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Flush();
}
