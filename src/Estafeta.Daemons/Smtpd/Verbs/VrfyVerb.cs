using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>VRFY (RFC 5321 §3.5, RFC 6531 §3.7.4.2): says only whether RCPT would refuse the address. Never touches the mail transaction.</summary>
internal static class VrfyVerb
{
    public static async ValueTask<bool> VrfyAsync(SmtpdSession session, CommandLine command)
    {
        var service = session.Service;
        if (session.Settings.DisableVrfyCommand)
        {
            return await session.RefuseAsync("502 5.5.1 VRFY command is disabled");
        }

        var count = command.Count;
        var declaresUtf8 = count > 2 && command[count - 1].Is("SMTPUTF8") && session.Settings.Smtputf8Enable;
        if (declaresUtf8)
        {
            count--;
        }

        if (count < 2)
        {
            return await session.RefuseAsync(session.Settings.Smtputf8Enable ? "501 5.5.4 Syntax: VRFY address [SMTPUTF8]" : "501 5.5.4 Syntax: VRFY address");
        }

        var argument = command.Join(1);
        if (declaresUtf8)
        {
            argument = argument[..argument.LastIndexOf(' ')];
        }

        if (session.Settings is { Smtputf8Enable: true, StrictSmtputf8: true } && !declaresUtf8 && !System.Text.Ascii.IsValid(argument))
        {
            return await session.RefuseAsync(EnvelopeAddress.MustDeclareSmtpUtf8);
        }

        var address = await EnvelopeAddress.ReadAsync(
            session, new CommandWord(argument, true), "VRFY", allowEmpty: false, "501 5.1.3 Bad recipient address syntax", isStrict: false);
        if (address.Refusal != null)
        {
            return await session.RefuseAsync(address.Refusal);
        }

        if (await session.CheckVrfyAsync(address.Text) is { } rejected)
        {
            return await session.RejectAsync(rejected);
        }

        await session.ReplyAsync("252 2.0.0 " + argument);
        return true;
    }
}
