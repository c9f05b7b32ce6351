namespace Estafeta.Services.Logging;

/// <summary>Writes each line to several logs: commands tell their user and the mail log.</summary>
public sealed class TeeLog(params IMailLog[] logs) : IMailLog
{
    public void Write(LogSeverity severity, string text)
    {
        foreach (var log in logs)
        {
            log.Write(severity, text);
        }
    }
}
