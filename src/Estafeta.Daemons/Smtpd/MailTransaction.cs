using Estafeta.Mail.Dsn;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd;

/// <summary>MAIL FROM to the end of its data or to RSET: everything that is forgotten together, so that nothing can be left over.</summary>
internal sealed class MailTransaction(string sender)
{
    /// <summary>Internal form; empty for the null sender.</summary>
    public string Sender { get; } = sender;

    /// <summary>SIZE=; 0 when the client did not say.</summary>
    public long DeclaredSize { get; set; }

    public bool DeclaredSmtpUtf8 { get; set; }

    /// <summary>BODY=8BITMIME.</summary>
    public bool Is8Bit { get; set; }

    public bool RequireTls { get; set; }

    public DsnReturn DsnReturn { get; set; }

    public string? DsnEnvelopeId { get; set; }

    public string? Verp { get; set; }

    /// <summary>AUTH= of MAIL FROM, decoded.</summary>
    public string SaslSender { get; set; } = "";

    public int RecipientCount { get; set; }

    public int RecipientOvershoot { get; set; }

    /// <summary>The first recipient accepted.</summary>
    public string? FirstRecipient { get; set; }

    /// <summary>Open from the first accepted recipient on (or from MAIL: smtpd_delay_open_until_valid_rcpt = no).</summary>
    public CleanupTransaction? Cleanup { get; set; }

    public string? QueueId { get; set; }

    /// <summary>The before-queue filter that takes the message in cleanup's place; null without smtpd_proxy_filter.</summary>
    public Proxy.ProxyTransaction? Proxy { get; set; }

    /// <summary>Cleanup has given its verdict.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Set by the first BDAT of the message.</summary>
    public Content.MessageContent? Content { get; set; }

    /// <summary>SPF, DKIM, DMARC and ARC of the message; null when they are not looked at.</summary>
    public Estafeta.Authentication.MessageAuthentication? Authentication { get; set; }

    /// <summary>PREPEND actions: header lines to stand above our own Received.</summary>
    public List<string> PrependedHeaders { get; } = [];

    /// <summary>A DISCARD action: everything more is accepted unseen.</summary>
    public bool IsDiscarded { get; set; }

    /// <summary>A milter threw the message away: the others are not asked any more. Restrictions are.</summary>
    public bool IsMilterDiscarded { get; set; }

    /// <summary>What milters decided since it was last passed on to cleanup.</summary>
    public List<Estafeta.Services.Cleaning.EnvelopeEdit> MilterEdits { get; } = [];
}
