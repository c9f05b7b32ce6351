using Estafeta.Mail.Dsn;

namespace Estafeta.Commands.Sendmail;

/// <summary>What the command line asks for.</summary>
internal sealed record SendmailOptions
{
    public SendmailMode Mode { get; init; } = SendmailMode.Deliver;

    public string? ConfigDirectory { get; init; }

    /// <summary>-f or -r as given; null: the user.</summary>
    public string? Sender { get; init; }

    /// <summary>-F; null: NAME or the password file.</summary>
    public string? FullName { get; init; }

    public bool ExtractRecipients { get; init; }

    /// <summary>-i, -oi: a line with only a dot is content.</summary>
    public bool IgnoreDots { get; init; }

    /// <summary>-G.</summary>
    public bool IsRelayed { get; init; }

    /// <summary>-B: <c>7bit</c>, <c>8bit</c>, or null.</summary>
    public string? Encoding { get; init; }

    public DsnNotify Notify { get; init; }

    public DsnReturn Return { get; init; }

    /// <summary>-V.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>-XV: two delimiters; empty for the default ones; null for no VERP.</summary>
    public string? Verp { get; init; }

    /// <summary>-O smtputf8=: yes, no, or null.</summary>
    public bool? SmtpUtf8 { get; init; }

    /// <summary>-O requiretls=yes.</summary>
    public bool RequireTls { get; init; }

    /// <summary>-bv.</summary>
    public bool VerifiesOnly { get; init; }

    /// <summary>How many -v.</summary>
    public int Verbosity { get; init; }

    /// <summary>-oA: for newaliases.</summary>
    public string? AliasDatabase { get; init; }

    /// <summary>-qI.</summary>
    public string? FlushQueueId { get; init; }

    /// <summary>-qR.</summary>
    public string? FlushSite { get; init; }

    public IReadOnlyList<string> Operands { get; init; } = [];

    /// <summary>About values that are ignored.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

internal enum SendmailMode
{
    Deliver,

    /// <summary>-bp, mailq.</summary>
    ListQueue,

    /// <summary>-bi, -I, newaliases.</summary>
    NewAliases,

    /// <summary>-bd, -bl.</summary>
    Daemon,

    /// <summary>-bs.</summary>
    StandAloneServer,

    /// <summary>-q.</summary>
    FlushQueue,

    /// <summary>-q1h and other things Sendmail would do and Postfix has no need of.</summary>
    Ignore,
}
