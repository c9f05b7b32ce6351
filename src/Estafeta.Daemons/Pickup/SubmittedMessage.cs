using System.Globalization;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Submission;

namespace Estafeta.Daemons.Pickup;

/// <summary>The envelope of a maildrop file as far as it stands before the content.</summary>
internal sealed class SubmittedMessage
{
    private readonly Dictionary<string, string> _attributes = [];
    private DsnNotify _notify;

    public string Sender { get; private set; } = "";

    public string FullName { get; private set; } = "";

    public DateTimeOffset? Time { get; private set; }

    public bool? NeedsSmtpUtf8 => _attributes.TryGetValue(SubmissionAttribute.SmtpUtf8, out var value) ? value == "yes" : null;

    public bool RequireTls => Has(SubmissionAttribute.RequireTls, "yes");

    public bool Is8Bit => Has(SubmissionAttribute.Encoding, "8bit");

    public bool IsRelayed => Has(SubmissionAttribute.RewriteContext, "remote");

    public string? EnvelopeId => _attributes.GetValueOrDefault(SubmissionAttribute.EnvelopeId);

    public string? Verp => _attributes.GetValueOrDefault(SubmissionAttribute.Verp);

    public DsnReturn Return => Has(SubmissionAttribute.Return, "full") ? DsnReturn.Full
        : Has(SubmissionAttribute.Return, "hdrs") ? DsnReturn.Headers
        : DsnReturn.Unspecified;

    public TraceRequest Trace => Has(SubmissionAttribute.Trace, "verify") ? TraceRequest.VerifyOnly
        : Has(SubmissionAttribute.Trace, "record") ? TraceRequest.Record
        : TraceRequest.None;

    /// <summary>Takes a record in; a recipient is given back.</summary>
    public EnvelopeRecipient? Add(byte type, ReadOnlySpan<byte> octets)
    {
        var text = Encoding.UTF8.GetString(octets);
        switch (type)
        {
            case SubmissionRecord.Time when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds):
                Time = DateTimeOffset.UnixEpoch.AddTicks(microseconds * 10);
                break;
            case SubmissionRecord.Attribute when text.IndexOf('=') is > 0 and var equals:
                _attributes[text[..equals]] = text[(equals + 1)..];
                break;
            case SubmissionRecord.FullName:
                FullName = text;
                break;
            case SubmissionRecord.Sender:
                Sender = text;
                break;
            case SubmissionRecord.Notify when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var notify):
                _notify = (DsnNotify)notify;
                break;
            case SubmissionRecord.Recipient:
                return new EnvelopeRecipient(text) { Notify = _notify };
        }

        return null;
    }

    private bool Has(string name, string value) => _attributes.TryGetValue(name, out var actual) && actual == value;
}
