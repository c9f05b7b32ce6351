using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>Log lines until somebody takes them.</summary>
internal sealed class CollectedLog : IMailLog
{
    private readonly Lock _lock = new();
    private List<string> _lines = [];

    public void Write(LogSeverity severity, string text)
    {
        lock (_lock)
        {
            _lines.Add(severity == LogSeverity.Info ? text : $"{severity.ToString().ToLowerInvariant()}: {text}");
        }
    }

    public IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            var lines = _lines;
            _lines = [];
            return lines;
        }
    }
}
