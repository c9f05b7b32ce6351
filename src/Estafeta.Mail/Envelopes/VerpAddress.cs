namespace Estafeta.Mail.Envelopes;

/// <summary>
/// Variable envelope return paths (VERP_README): <c>owner-list@origin</c> becomes <c>owner-list+user=domain@origin</c>, so that a
/// bounce tells which recipient it is about. Each recipient then has a delivery of its own.
/// </summary>
public static class VerpAddress
{
    public static bool Applies(Envelope envelope) => envelope.Verp is { Length: 2 } && envelope.Sender.Contains('@', StringComparison.Ordinal);

    /// <summary>The envelope sender for a delivery to this recipient; the plain one without VERP.</summary>
    public static string Of(Envelope envelope, EnvelopeRecipient recipient)
    {
        if (!Applies(envelope))
        {
            return envelope.Sender;
        }

        // The address before rewriting is the one the list knows.
        var address = recipient.OriginalAddress.Length > 0 ? recipient.OriginalAddress : recipient.Address;
        var delimiters = envelope.Verp!; // Applies
        var at = envelope.Sender.LastIndexOf('@');
        var recipientAt = address.LastIndexOf('@');
        var user = recipientAt < 0 ? address : address[..recipientAt];
        var domain = recipientAt < 0 ? "" : delimiters[1] + address[(recipientAt + 1)..];
        return string.Concat(envelope.Sender[..at], delimiters[..1], user + domain, envelope.Sender[at..]);
    }
}
