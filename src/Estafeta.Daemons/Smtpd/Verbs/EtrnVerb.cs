using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Attributes;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>ETRN (RFC 1985): asks for the mail queued for a site of fast_flush_domains. Replies without enhanced codes, as Postfix.</summary>
internal static class EtrnVerb
{
    public static async ValueTask<bool> EtrnAsync(SmtpdSession session, CommandLine command)
    {
        if (session.HeloName == null && session.Settings.HeloRequired)
        {
            return await session.RefuseAsync("503 Error: send HELO/EHLO first");
        }

        if (session.Transaction != null)
        {
            return await session.RefuseAsync("503 Error: MAIL transaction in progress");
        }

        if (command.Count != 2)
        {
            return await session.RefuseAsync("500 Syntax: ETRN domain");
        }

        var site = command[1].Text is ['@' or '#', .. var rest] ? rest : command[1].Text;
        if (!DomainName.IsValidMailDomain(site))
        {
            return await session.RefuseAsync("501 Error: invalid parameter syntax");
        }

        if (await session.CheckEtrnAsync(site) is { } refusal)
        {
            return await session.RejectAsync(refusal);
        }

        return await FlushAsync(session, site);
    }

    private static async ValueTask<bool> FlushAsync(SmtpdSession session, string site)
    {
        var status = session.Service.FlushSite is { } flush ? await flush(site, session.CancellationToken) : FlushStatus.Failed;
        switch (status)
        {
            case FlushStatus.Ok:
                session.OldDefaults.Flush(site);
                await session.ReplyAsync("250 Queuing started");
                return true;
            case FlushStatus.Denied:
                session.Log.Warning($"reject: ETRN {Limit(site)}... from {session.Peer.NameAddress}");
                return await session.RefuseAsync($"459 <{site}>: service unavailable", SessionErrors.None);
            case FlushStatus.BadRequest:
                session.Log.Warning($"bad ETRN {Limit(site)}... from {session.Peer.NameAddress}");
                return await session.RefuseAsync("458 Unable to queue messages", SessionErrors.None);
            default:
                session.Log.Warning("unable to talk to fast flush service");
                return await session.RefuseAsync("458 Unable to queue messages", SessionErrors.None);
        }
    }

    private static string Limit(string text) => text.Length <= 100 ? text : text[..100];
}
