using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// reject_unlisted_recipient and reject_unlisted_sender: addresses of our own domains that no table knows. Also asked without being
/// named, through smtpd_reject_unlisted_recipient and smtpd_reject_unlisted_sender.
/// </summary>
internal sealed class UnlistedRestriction(string name, bool isSender) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        isSender ? CheckSenderAsync(check, cancellationToken) : CheckRecipientAsync(check, cancellationToken);

    public static async ValueTask<AccessVerdict> CheckRecipientAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.State.HasCheckedRecipientTables || check.Subject.Recipient is not { } recipient)
        {
            return AccessVerdict.Dunno;
        }

        // Once per recipient is enough, but a warning is not an answer.
        check.State.HasCheckedRecipientTables = !check.IsWarning;
        return await CheckAsync(check, check.Subject.Sender ?? "", recipient, ReplyClass.Recipient, cancellationToken);
    }

    public static async ValueTask<AccessVerdict> CheckSenderAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.State.HasCheckedSenderTables || check.Subject.Sender is not { Length: > 0 } sender)
        {
            return AccessVerdict.Dunno;
        }

        check.State.HasCheckedSenderTables = !check.IsWarning;
        return await CheckAsync(check, check.Subject.Recipient ?? "", sender, ReplyClass.Sender, cancellationToken);
    }

    private static async ValueTask<AccessVerdict> CheckAsync(
        AccessCheck check, string sender, string address, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        var services = check.Services;
        if (services.Settings.TakesUnknownAddresses)
        {
            return AccessVerdict.Dunno;
        }

        var resolved = await check.ResolveAsync(sender, address, cancellationToken);
        if (resolved.Class == AddressClass.Trouble)
        {
            return check.RejectLookupTrouble(address);
        }

        if (services.ProbeSender.IsValid(resolved.Recipient, services.Time.GetUtcNow()))
        {
            return AccessVerdict.Dunno;
        }

        // An address that is rewritten is delivered elsewhere; only for others does this one's transport matter.
        var listed = await services.Recipients.IsRewrittenAsync(resolved, check.Trace, cancellationToken);
        if (listed == false)
        {
            if (resolved.Transport is "error" or "retry" && (resolved.Class != AddressClass.VirtualAlias || resolved.HasMoved))
            {
                return RejectByTransport(check, resolved, address, replyClass);
            }

            listed = await services.Recipients.IsListedAsync(resolved, check.Trace, cancellationToken);
        }

        if (listed == true && replyClass == ReplyClass.Recipient && resolved.Class == AddressClass.Relay)
        {
            services.OldDefaults.RelayRecipient(address);
        }

        return listed switch
        {
            null => check.RejectLookupTrouble(address),
            true => AccessVerdict.Dunno,
            false => RejectUnknown(check, resolved, address, replyClass),
        };
    }

    private static AccessVerdict RejectUnknown(AccessCheck check, ResolvedAddress resolved, string address, ReplyClass replyClass)
    {
        var settings = check.Services.Settings;
        var (code, table) = resolved.Class switch
        {
            AddressClass.VirtualAlias => (settings.UnknownVirtualAliasRejectCode, " in virtual alias table"),
            AddressClass.VirtualMailbox => (settings.UnknownVirtualMailboxRejectCode, " in virtual mailbox table"),
            AddressClass.Relay => (settings.UnknownRelayRecipientRejectCode, " in relay recipient table"),
            _ => (settings.UnknownLocalRecipientRejectCode, " in local recipient table"),
        };
        var where = settings.ShowUserUnknownTableName ? table : "";
        return check.Reject(replyClass, code, replyClass == ReplyClass.Sender && resolved.Class != AddressClass.VirtualAlias ? "5.1.0" : "5.1.1", $"<{address}>: {replyClass.Words} rejected: User unknown{where}", errors: SessionErrors.Bounce);
    }

    // transport_maps sends it to error: or retry: with a text of its own.
    private static AccessVerdict RejectByTransport(AccessCheck check, ResolvedAddress resolved, string address, ReplyClass replyClass)
    {
        var isRetry = resolved.Transport == "retry";
        var text = resolved.Nexthop;
        var status = (isRetry ? "4" : "5") + (replyClass == ReplyClass.Sender ? ".1.0" : ".1.1");
        if (Estafeta.Mail.Dsn.EnhancedStatus.TryParse(text, out var given, out var length))
        {
            status = given.WithClass(isRetry ? (byte)4 : (byte)5).ToString();
            text = text[length..].TrimStart();
        }

        return check.Reject(replyClass, isRetry ? 450 : 550, status, $"<{address}>: {replyClass.Words} rejected: {(text.Length > 0 ? text : "Address unknown")}", errors: SessionErrors.Bounce);
    }
}
