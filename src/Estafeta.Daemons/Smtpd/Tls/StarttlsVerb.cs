using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Mail.Smtp;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.Tls;

/// <summary>STARTTLS (RFC 3207): encrypts the connection and forgets everything said in the clear.</summary>
internal static class StarttlsVerb
{
    public static async ValueTask<bool> StarttlsAsync(SmtpdSession session, CommandLine command)
    {
        if (Misuse(session, command) is { } misuse)
        {
            return await session.RefuseAsync(misuse);
        }

        if (session.CheckTlsRate() is { } excess)
        {
            return await session.RejectAsync(excess);
        }

        if (!session.Service.Tls!.IsAvailable) // there is one: else it was misuse
        {
            return await session.RefuseAsync("454 4.7.0 TLS not available due to local problem", SessionErrors.Software);
        }

        await session.ReplyAsync("220 2.0.0 Ready to start TLS");
        return await session.StartTlsAsync();
    }

    private static string? Misuse(SmtpdSession session, CommandLine command)
    {
        if (command.Count != 1)
        {
            return "501 5.5.4 Syntax: STARTTLS";
        }

        if (session.Tls != null)
        {
            return "554 5.5.1 Error: TLS already active";
        }

        // In Postfix's words, where TLS is off (Postfix 3.7.11 was asked).
        return session.Service.Tls == null || session.DiscardedKeywords.HasFlag(EhloKeywords.Starttls) ? "502 5.5.1 Error: command not implemented" : null;
    }
}
