using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Bounce;

/// <summary>
/// What a notification says about recipients: a line for people, and the per-recipient fields of message/delivery-status
/// (RFC 3464 §2.3, RFC 6533 for addresses that are not ASCII).
/// </summary>
internal static class DeliveryReport
{
    /// <param name="output">Gets the line.</param>
    /// <param name="report">The recipient.</param>
    /// <param name="isTrace">What was delivered how is what the notification is about.</param>
    public static void AppendText(StringBuilder output, RecipientReport report, bool isTrace)
    {
        var original = report.Recipient.OriginalAddress;
        var origin = original.Length > 0 && !original.Equals(report.Address, StringComparison.OrdinalIgnoreCase) ? $" (expanded from <{LocalPart.Quote(original)}>)" : "";
        FoldedText.AppendLine(output, $"<{LocalPart.Quote(report.Address)}>{origin}: {Text(report.Status, isTrace)}");
    }

    /// <param name="output">Gets the fields, without the empty line between recipients.</param>
    /// <param name="report">The recipient.</param>
    /// <param name="mailName">mail_name.</param>
    /// <param name="isTrace">What was delivered how is what the notification is about.</param>
    /// <param name="isFinal">A temporary failure is reported as a failure: the message has expired.</param>
    /// <param name="retryUntil">For delay warnings.</param>
    public static void AppendFields(StringBuilder output, RecipientReport report, string mailName, bool isTrace, bool isFinal, string? retryUntil)
    {
        var status = report.Status;
        output.Append("Final-Recipient: ").Append(TypeOf(report.Address)).Append("; ").Append(LocalPart.Quote(report.Address)).Append('\n');
        if (Original(report) is { } original)
        {
            output.Append("Original-Recipient: ").Append(FoldedText.Printable(original)).Append('\n');
        }

        output.Append("Action: ").Append(Action(status, isFinal)).Append('\n');
        output.Append("Status: ").Append(status.Status.ToString()).Append('\n');
        if (status.RemoteMta is { Length: > 0 } remote)
        {
            output.Append("Remote-MTA: dns; ").Append(FoldedText.Printable(remote)).Append('\n');
        }

        // What a remote system said is shown as it said it; else it is our own text.
        var diagnostic = status.DiagnosticType == null ? Text(status, isTrace) : status.Diagnostic ?? status.Reason;
        FoldedText.AppendLine(output, $"Diagnostic-Code: {status.DiagnosticType ?? "X-" + mailName}; {diagnostic}");
        if (retryUntil != null)
        {
            output.Append("Will-Retry-Until: ").Append(retryUntil).Append('\n');
        }
    }

    /// <summary><c>rfc822</c>, or <c>utf-8</c> for an address that is not ASCII.</summary>
    public static string TypeOf(string address) => Ascii.IsValid(address) ? "rfc822" : "utf-8";

    private static string Text(DeliveryStatus status, bool isTrace) => isTrace && status.Relay != "none"
        ? $"delivery via {status.Relay}: {status.Reason}"
        : status.Reason;

    private static string? Original(RecipientReport report) =>
        report.Recipient.DsnOriginalRecipient is { Length: > 0 } given ? given
        : report.Recipient.OriginalAddress is { Length: > 0 } address ? "rfc822;" + LocalPart.Quote(address)
        : null;

    private static string Action(DeliveryStatus status, bool isFinal) => status.Action switch
    {
        DeliveryAction.Sent => status.SuccessWord ?? "delivered",
        DeliveryAction.Deferred when !isFinal => "delayed",
        DeliveryAction.Deferred or DeliveryAction.Bounced => "failed",
        DeliveryAction.Deliverable => "deliverable",
        _ => "undeliverable",
    };
}
