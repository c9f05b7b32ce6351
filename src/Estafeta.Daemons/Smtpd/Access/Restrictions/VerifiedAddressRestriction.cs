using Estafeta.Services.Logging;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// reject_unverified_sender and reject_unverified_recipient: asks verify(8), which answers from its cache or probes. While it probes, the
/// client waits a little (address_verify_poll_count, address_verify_poll_delay).
/// </summary>
internal sealed class VerifiedAddressRestriction(string name, bool isSender) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var address = isSender ? check.Subject.Sender : check.Subject.Recipient;
        if (string.IsNullOrEmpty(address))
        {
            return AccessVerdict.Dunno;
        }

        var rewritten = check.Services.Resolver.Rewrite(address, localContext: true);
        var settings = isSender ? check.Services.Settings.UnverifiedSender : check.Services.Settings.UnverifiedRecipient;
        var answer = await AskAsync(check, rewritten, cancellationToken);
        check.Trace?.Note($"verify {rewritten}: {(answer is { } found ? $"{found.Outcome}: {found.Text}" : "no answer")}");
        var replyClass = isSender ? ReplyClass.Sender : ReplyClass.Recipient;
        var prefix = $"<{address}>: {replyClass.Words} rejected: ";
        var status = isSender ? "4.1.7" : "4.1.1";
        if (answer is not { } known)
        {
            return TempfailAction.Apply(check, settings.Defers, replyClass, status, prefix + "address verification problem");
        }

        var text = settings.Reason.Length > 0 ? settings.Reason : WithoutStatus(known.Text);
        return known.Outcome switch
        {
            VerificationOutcome.Deliverable => AccessVerdict.Dunno,
            VerificationOutcome.Undeliverable when settings.RejectCode / 100 == 5 =>
                check.Reject(replyClass, settings.RejectCode, status, prefix + "undeliverable address: " + text),
            VerificationOutcome.Undeliverable => Defer(settings.RejectCode),
            _ => Defer(settings.DeferCode),
        };

        AccessVerdict Defer(int code) => TempfailAction.Apply(check, settings.Defers, replyClass, status, prefix + "unverified address: " + text, code);
    }

    private static async ValueTask<VerificationAnswer?> AskAsync(AccessCheck check, string address, CancellationToken cancellationToken)
    {
        if (check.Services.Verifier is not { } verifier)
        {
            return null;
        }

        try
        {
            var answer = await verifier.QueryAsync(address, cancellationToken);
            for (var poll = 1; answer.Outcome == VerificationOutcome.InProgress && poll < check.Services.Settings.AddressVerifyPollCount; poll++)
            {
                await check.Services.DelayAsync(check.Services.Settings.AddressVerifyPollDelay, cancellationToken);
                answer = await verifier.QueryAsync(address, cancellationToken);
            }

            return answer;
        }
        catch (IOException trouble)
        {
            check.Log.Warning($"address verification service: {trouble.Message}");
            return null;
        }
    }

    private static string WithoutStatus(string text)
    {
        text = Estafeta.Mail.Dsn.EnhancedStatus.TryParse(text, out _, out var length) ? text[length..].TrimStart() : text;
        return text.Length > 250 ? text[..250] : text;
    }
}
