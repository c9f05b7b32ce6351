namespace Estafeta.Services.Logging;

/// <summary>Keeps the lines, for tests and for commands that show what a daemon would log.</summary>
public sealed class MemoryMailLog : IMailLog
{
    private readonly Lock _lock = new();
    private List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The lines since the last call.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            var lines = _lines;
            _lines = [];
            return lines;
        }
    }

    public void Write(LogSeverity severity, string text)
    {
        lock (_lock)
        {
            _lines.Add(severity == LogSeverity.Info ? text : $"{severity.ToString().ToLowerInvariant()}: {text}");
        }
    }
}
