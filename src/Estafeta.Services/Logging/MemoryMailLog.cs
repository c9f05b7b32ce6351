namespace Estafeta.Services.Logging;

/// <summary>Keeps the lines, for tests and for commands that show what a daemon would log.</summary>
public sealed class MemoryMailLog : IMailLog
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public void Write(LogSeverity severity, string text)
    {
        lock (_lines)
        {
            _lines.Add(severity == LogSeverity.Info ? text : $"{severity.ToString().ToLowerInvariant()}: {text}");
        }
    }
}
