using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>STARTTLS and AUTH while neither is configured.</summary>
internal static class SecurityVerbs
{
    public static async ValueTask<bool> StarttlsAsync(SmtpdSession session, CommandLine command)
    {
        if (command.Count != 1)
        {
            await session.ReplyAsync("501 5.5.4 Syntax: STARTTLS");
            return false;
        }

        await session.ReplyAsync("502 5.5.1 Error: command not implemented");
        return false;
    }

    public static async ValueTask<bool> AuthAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync(session.HeloName == null && session.Settings.HeloRequired
            ? "503 5.5.1 Error: send HELO/EHLO first"
            : "503 5.5.1 Error: authentication not enabled");
        return false;
    }
}
