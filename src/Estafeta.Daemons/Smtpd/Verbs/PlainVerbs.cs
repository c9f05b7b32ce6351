using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>RSET, NOOP, QUIT, HELP.</summary>
internal static class PlainVerbs
{
    public static async ValueTask<bool> RsetAsync(SmtpdSession session, CommandLine command)
    {
        if (command.Count != 1)
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: RSET");
        }

        await session.FlushHistoryAsync();
        session.Bdat = BdatState.None;
        await session.EndTransactionAsync();
        await session.ReplyAsync("250 2.0.0 Ok");
        return true;
    }

    public static async ValueTask<bool> NoopAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync("250 2.0.0 Ok");
        return true;
    }

    public static async ValueTask<bool> QuitAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync("221 2.0.0 Bye");
        session.HangUp();
        return true;
    }

    public static async ValueTask<bool> HelpAsync(SmtpdSession session, CommandLine command)
    {
        await session.ReplyAsync("214 2.0.0 Commands: " + string.Join(' ', VerbTable.Verbs.Select(v => v.Name).Order(StringComparer.Ordinal)));
        return true;
    }
}
