using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Tls;

/// <summary>STARTTLS (RFC 3207): encrypts the connection and forgets everything said in the clear.</summary>
internal static class StarttlsVerb
{
    public static async ValueTask<bool> StarttlsAsync(SmtpdSession session, CommandLine command)
    {
        if (Refusal(session, command) is { } refusal)
        {
            await session.ReplyAsync(refusal);
            return false;
        }

        await session.ReplyAsync("220 2.0.0 Ready to start TLS");
        return await session.StartTlsAsync();
    }

    private static string? Refusal(SmtpdSession session, CommandLine command)
    {
        if (command.Count != 1)
        {
            return "501 5.5.4 Syntax: STARTTLS";
        }

        if (session.Tls != null)
        {
            return "554 5.5.1 Error: TLS already active";
        }

        if (session.Service.Tls is not { } tls || session.DiscardedKeywords.HasFlag(EhloKeywords.Starttls))
        {
            return "502 5.5.1 Error: command not implemented";
        }

        if (session.CheckTlsRate() is { } excess)
        {
            return excess;
        }

        return tls.IsAvailable ? null : "454 4.7.0 TLS not available due to local problem";
    }
}
