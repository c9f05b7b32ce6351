using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// The voice of <c>postfix-script</c>: every line to the mail log; problems to standard error too, and what is merely told when
/// somebody sits there.
/// </summary>
internal sealed class ScriptLog(IMailLog mailLog, IMailLog standardError, bool isTerminal) : IMailLog
{
    public void Write(LogSeverity severity, string text)
    {
        mailLog.Write(severity, text);
        if (isTerminal || severity != LogSeverity.Info)
        {
            standardError.Write(severity, text);
        }
    }
}
