using Estafeta.Daemons.Smtpd.Auth;
using Estafeta.Daemons.Smtpd.Tls;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>Every command the server knows. The order is that of the counts in the disconnect line.</summary>
internal static class VerbTable
{
    public static readonly Verb[] Verbs =
    [
        new("HELO", HeloVerb.HeloAsync, VerbFlags.Junk | VerbFlags.BeforeTls | VerbFlags.EndsPipelining),
        new("EHLO", HeloVerb.EhloAsync, VerbFlags.Junk | VerbFlags.BeforeTls | VerbFlags.EndsPipelining),
        new("XCLIENT", XclientVerb.XclientAsync, VerbFlags.BeforeTls | VerbFlags.EndsPipelining),
        new("XFORWARD", XforwardVerb.XforwardAsync, VerbFlags.BeforeTls | VerbFlags.EndsPipelining),
        new("STARTTLS", StarttlsVerb.StarttlsAsync, VerbFlags.BeforeTls),
        new("AUTH", AuthVerb.AuthAsync, VerbFlags.None),
        new("MAIL", MailVerb.MailAsync, VerbFlags.None),
        new("RCPT", RcptVerb.RcptAsync, VerbFlags.None),
        new("DATA", DataVerb.DataAsync, VerbFlags.EndsPipelining),
        new("BDAT", BdatVerb.BdatAsync, VerbFlags.None),
        new("RSET", PlainVerbs.RsetAsync, VerbFlags.Junk),
        new("NOOP", PlainVerbs.NoopAsync, VerbFlags.Junk | VerbFlags.BeforeTls | VerbFlags.EndsPipelining),
        new("VRFY", VrfyVerb.VrfyAsync, VerbFlags.Junk | VerbFlags.EndsPipelining),
        new("ETRN", EtrnVerb.EtrnAsync, VerbFlags.Junk),
        new("QUIT", PlainVerbs.QuitAsync, VerbFlags.BeforeTls),
        new("HELP", PlainVerbs.HelpAsync, VerbFlags.BeforeTls),
    ];

    /// <summary>Index of the verb, in any case; -1 when there is none.</summary>
    public static int Find(string word)
    {
        for (var i = 0; i < Verbs.Length; i++)
        {
            if (word.Equals(Verbs[i].Name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }
}
