using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>XCLIENT and XFORWARD: a trusted peer says whom it speaks for.</summary>
internal static class ForeignIdentityVerbs
{
    public static async ValueTask<bool> XclientAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync("550 5.7.0 Error: insufficient authorization");
        return false;
    }

    public static async ValueTask<bool> XforwardAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync("550 5.7.0 Error: insufficient authorization");
        return false;
    }
}
