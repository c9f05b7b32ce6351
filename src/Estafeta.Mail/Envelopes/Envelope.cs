using System.Globalization;
using Estafeta.Mail.Dsn;

namespace Estafeta.Mail.Envelopes;

/// <summary>Everything about a message that is not its content. Immutable; what the queue keeps durably at acceptance.</summary>
public sealed record Envelope
{
    /// <summary>Envelope sender, internal form; empty for the null sender.</summary>
    public string Sender { get; init; } = "";

    public required IReadOnlyList<EnvelopeRecipient> Recipients { get; init; }

    /// <summary>When the message entered the system; the start of every delay and of maximal_queue_lifetime.</summary>
    public required DateTimeOffset ArrivalTime { get; init; }

    public ClientIdentity Client { get; init; } = ClientIdentity.Local;

    /// <summary>ENVID= decoded; null when absent.</summary>
    public string? DsnEnvelopeId { get; init; }

    public DsnReturn DsnReturn { get; init; }

    /// <summary>BODY=8BITMIME, or 8-bit content seen.</summary>
    public bool Is8Bit { get; init; }

    /// <summary>The sender asked for SMTPUTF8, or an address or header needs it.</summary>
    public bool NeedsSmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS (RFC 8689).</summary>
    public bool RequireTls { get; init; }

    /// <summary><c>transport:nexthop</c> of content_filter or a FILTER action; null for none.</summary>
    public string? ContentFilter { get; init; }

    /// <summary>Address of the internal sender of a verify probe, bounce or notice: no bounce is ever sent for it.</summary>
    public bool IsProbe { get; init; }

    /// <summary><c>sendmail -bv</c> / <c>-v</c>: report what happens instead of, or besides, delivering.</summary>
    public TraceRequest Trace { get; init; }

    /// <summary>VERP delimiters (<c>+=</c>) when the sender asked for it, else null.</summary>
    public string? Verp { get; init; }

    /// <summary>Rewrite context, filter and policy attributes without a field of their own, in order of appearance.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>The attribute of a message for more than one recipient that goes to another (REDIRECT): how many they were.</summary>
    public const string RecipientCountAttribute = "recipient_count";

    /// <summary>What the log calls nrcpt: a redirected message counts with the recipients it was for.</summary>
    public string LoggedRecipientCount
    {
        get
        {
            foreach (var (name, value) in Attributes)
            {
                if (name == RecipientCountAttribute)
                {
                    return value;
                }
            }

            return Recipients.Count.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The attribute of a message with <c>TLS-Required: No</c>.</summary>
    public const string TlsRequiredAttribute = "tls_required";

    /// <summary>The message may go by weaker TLS than the policies demand, or none (RFC 8689 §5). REQUIRETLS says otherwise.</summary>
    public bool IsTlsOptional => !RequireTls && Attributes.Contains(new(TlsRequiredAttribute, "no"));
}

public enum TraceRequest
{
    None,

    /// <summary><c>-bv</c>: verify only, mail the report.</summary>
    VerifyOnly,

    /// <summary><c>-v</c>: deliver, and mail a report.</summary>
    Record,
}
