namespace Estafeta.Mail.Envelopes;

/// <summary>Who handed us the message, as it is logged, passed to filters (XFORWARD, milters) and to pipe(8) macros.</summary>
public sealed record ClientIdentity
{
    public static readonly ClientIdentity Local = new();

    /// <summary>Verified name or <c>unknown</c>; empty for mail that did not come over the network.</summary>
    public string Name { get; init; } = "";

    public string Address { get; init; } = "";

    public string Port { get; init; } = "";

    public string Helo { get; init; } = "";

    /// <summary><c>SMTP</c>, <c>ESMTP</c>, <c>QMQP</c>; empty for local submission.</summary>
    public string Protocol { get; init; } = "";

    public string ReverseName { get; init; } = "";

    public string SaslMethod { get; init; } = "";

    public string SaslUsername { get; init; } = "";

    public string SaslSender { get; init; } = "";

    /// <summary>Header rewriting context: true for <c>local_header_rewrite_clients</c> and local submission.</summary>
    public bool IsLocal { get; init; }
}
