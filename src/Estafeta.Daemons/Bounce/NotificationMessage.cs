using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Bounce;

/// <summary>
/// The text of a notification: multipart/report (RFC 6522) of an explanation, a delivery-status part (RFC 3464; global-delivery-status
/// of RFC 6533 for SMTPUTF8 mail) and the original message or its headers. Layout and wording are Postfix's. What surrounds the
/// original message is made here; its octets are copied by the caller.
/// </summary>
internal sealed class NotificationMessage
{
    private readonly BounceSettings _settings;
    private readonly NotificationRequest _request;
    private readonly BounceTemplate _template;
    private readonly string _boundary;
    private readonly bool _is8Bit;

    public NotificationMessage(BounceSettings settings, NotificationRequest request, BounceTemplate template, DateTimeOffset now)
    {
        _settings = settings;
        _request = request;
        _template = template;
        _boundary = $"{request.QueueId}.{now.ToUnixTimeSeconds()}/{settings.Myhostname}";
        _is8Bit = settings.HasSmtpUtf8 || request.Envelope.Is8Bit || request.Envelope.NeedsSmtpUtf8;
    }

    /// <summary>For copies to the postmaster the explanation is left out.</summary>
    public required bool IsPostmasterCopy { get; init; }

    public required string To { get; init; }

    public required IReadOnlyList<RecipientReport> Recipients { get; init; }

    public required ReturnedContent Returned { get; init; }

    public required Func<DateTimeOffset, string> FormatDate { get; init; }

    /// <summary>Everything before the original message's own headers.</summary>
    public string Opening()
    {
        var output = new StringBuilder(2048);
        AppendHeaders(output);
        AppendExplanation(output);
        AppendStatus(output);
        AppendOriginalOpening(output);
        return output.ToString();
    }

    /// <summary>Everything behind the original message.</summary>
    public string Closing() => $"\n--{_boundary}--\n";

    private bool IsTrace => _request.Kind is NotificationKind.Success or NotificationKind.Report;

    private bool IsUtf8 => _request.Envelope.NeedsSmtpUtf8;

    private string OriginalSender => _request.Envelope.Sender.Length > 0 ? _request.Envelope.Sender : _settings.MailerDaemon;

    private void AppendHeaders(StringBuilder output)
    {
        output.Append("From: ").Append(_template.From).Append('\n');
        output.Append("Subject: ").Append(IsPostmasterCopy ? _template.PostmasterSubject ?? _template.Subject : _template.Subject).Append('\n');
        output.Append("To: ").Append(LocalPart.Quote(To)).Append('\n');
        if (_settings.HasThreads && MessageIdHeader.Find(_request.Head.Span) is { } id)
        {
            output.Append("References: ").Append(id).Append('\n');
            output.Append("In-Reply-To: ").Append(id).Append('\n');
        }

        output.Append("Auto-Submitted: ").Append(IsPostmasterCopy ? "auto-generated" : "auto-replied").Append('\n');
        output.Append("MIME-Version: 1.0\n");
        output.Append("Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"").Append(_boundary).Append("\"\n");
        AppendEncoding(output);
        output.Append("\nThis is a MIME-encapsulated message.\n");
    }

    private void AppendExplanation(StringBuilder output)
    {
        AppendBoundary(output, "Notification");
        var charset = _is8Bit && _template.Charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase) ? "utf-8" : _template.Charset;
        output.Append("Content-Type: text/plain; charset=").Append(charset).Append('\n');
        AppendEncoding(output);
        output.Append('\n');
        if (!IsPostmasterCopy)
        {
            output.Append(_template.Text);
        }

        foreach (var report in Recipients)
        {
            output.Append('\n');
            DeliveryReport.AppendText(output, report, IsTrace);
        }
    }

    private void AppendStatus(StringBuilder output)
    {
        AppendBoundary(output, "Delivery report");
        output.Append("Content-Type: message/").Append(IsUtf8 ? "global-delivery-status\n" : "delivery-status\n");
        if (IsUtf8)
        {
            AppendEncoding(output);
        }

        output.Append("\nReporting-MTA: dns; ").Append(_settings.Myhostname).Append('\n');
        if (_request.Envelope.DsnEnvelopeId is { Length: > 0 } envelopeId)
        {
            output.Append("Original-Envelope-Id: ").Append(FoldedText.Printable(envelopeId)).Append('\n');
        }

        output.Append("X-").Append(_settings.MailName).Append("-Queue-ID: ").Append(_request.QueueId).Append('\n');
        output.Append("X-").Append(_settings.MailName).Append("-Sender: ").Append(DeliveryReport.TypeOf(OriginalSender)).Append("; ")
            .Append(LocalPart.Quote(OriginalSender)).Append('\n');
        output.Append("Arrival-Date: ").Append(FormatDate(_request.Envelope.ArrivalTime)).Append('\n');
        var retryUntil = _request.Kind == NotificationKind.Delay
            ? FormatDate(_request.Envelope.ArrivalTime + _settings.MaximalQueueLifetime)
            : null;
        foreach (var report in Recipients)
        {
            output.Append('\n');
            DeliveryReport.AppendFields(output, report, _settings.MailName, IsTrace, _request.Kind == NotificationKind.Failure, retryUntil);
        }
    }

    private void AppendOriginalOpening(StringBuilder output)
    {
        var what = _request.Kind is NotificationKind.Failure or NotificationKind.Delay ? "Undelivered Message" : "Message";
        if (Returned == ReturnedContent.Full)
        {
            AppendBoundary(output, what);
            output.Append(IsUtf8 ? "Content-Type: message/global\n" : "Content-Type: message/rfc822\n");
        }
        else
        {
            AppendBoundary(output, what + " Headers");
            output.Append(IsUtf8 ? "Content-Type: message/global-headers\n" : "Content-Type: text/rfc822-headers\n");
        }

        AppendEncoding(output);
        output.Append("\nReturn-Path: <").Append(LocalPart.Quote(OriginalSender)).Append(">\n");
    }

    private void AppendBoundary(StringBuilder output, string description) =>
        output.Append("\n--").Append(_boundary).Append("\nContent-Description: ").Append(description).Append('\n');

    private void AppendEncoding(StringBuilder output)
    {
        if (_is8Bit)
        {
            output.Append("Content-Transfer-Encoding: 8bit\n");
        }
    }
}
