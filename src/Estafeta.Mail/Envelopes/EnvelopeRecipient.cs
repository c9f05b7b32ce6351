using Estafeta.Mail.Dsn;

namespace Estafeta.Mail.Envelopes;

/// <summary>One recipient of a message. Addresses are in internal (unquoted) form, as in the queue: <c>john smith@example.com</c>.</summary>
public sealed record EnvelopeRecipient(string Address)
{
    /// <summary>The address the client gave, before aliases and rewriting; empty when unknown or not to be shown.</summary>
    public string OriginalAddress { get; init; } = "";

    public DsnNotify Notify { get; init; }

    /// <summary>ORCPT= decoded: <c>rfc822;user@example.com</c>; null when absent.</summary>
    public string? DsnOriginalRecipient { get; init; }
}
