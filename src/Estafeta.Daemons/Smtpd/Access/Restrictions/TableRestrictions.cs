using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>check_client_access and check_reverse_client_hostname_access: a host's name, its parents, its address, its networks.</summary>
internal sealed class ClientTableRestriction(string name, AccessTable table, bool isReverse) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var peer = check.Subject.Peer;
        var host = isReverse ? peer.ReverseName : peer.Name;
        var (replyName, replyClass) = isReverse ? (host, ReplyClass.ReverseClient) : (peer.NameAddress, ReplyClass.Client);
        var answer = await table.FindNameAsync(host, cancellationToken);
        if (!answer.IsSettled && peer.IPAddress is { } address)
        {
            answer = await table.FindAddressAsync(address, cancellationToken);
        }

        var verdict = await table.ApplyAsync(check, answer, replyName, replyClass, cancellationToken);

        // Anybody can write anything into a PTR record of his own.
        return isReverse && verdict == AccessVerdict.Permit ? check.RejectPermit("check_reverse_client_hostname_access", host) : verdict;
    }
}

/// <summary>check_helo_access, check_etrn_access: a name and its parents.</summary>
internal sealed class NameTableRestriction(string name, AccessTable table, Func<AccessSubject, string?> subject, ReplyClass replyClass) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        subject(check.Subject) is { } host
            ? await table.ApplyAsync(check, await table.FindNameAsync(host, cancellationToken), host, replyClass, cancellationToken)
            : AccessVerdict.Dunno;
}

/// <summary>check_sasl_access, check_ccert_access: keys that are looked up as they are, one after the other.</summary>
internal sealed class ExactTableRestriction(string name, AccessTable table, Func<AccessSubject, IReadOnlyList<string>> keys, ReplyClass replyClass)
    : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (replyClass == ReplyClass.ClientCertificate)
        {
            check.Services.OldDefaults.Fingerprint(check.Subject);
        }

        foreach (var key in keys(check.Subject))
        {
            var answer = await table.FindExactAsync(key, cancellationToken);
            if (answer.IsSettled)
            {
                // A fingerprint tells nobody anything.
                var replyName = replyClass == ReplyClass.ClientCertificate ? check.Subject.Tls?.PeerCertificate?.SubjectName ?? "" : key;
                return await table.ApplyAsync(check, answer, replyName, replyClass, cancellationToken);
            }
        }

        return AccessVerdict.Dunno;
    }
}

/// <summary>check_sender_access, check_recipient_access.</summary>
internal sealed class MailTableRestriction(string name, AccessTable table, bool isSender) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var replyClass = isSender ? ReplyClass.Sender : ReplyClass.Recipient;
        var address = isSender ? check.Subject.Sender : check.Subject.Recipient;
        if (address == null)
        {
            return AccessVerdict.Dunno;
        }

        if (address.Length == 0)
        {
            return await table.ApplyAsync(
                check, await table.FindExactAsync(check.Services.Settings.NullAccessLookupKey, cancellationToken), address, replyClass, cancellationToken);
        }

        var resolved = await check.ResolveAsync(check.Subject.Sender ?? "", address, cancellationToken);
        if (resolved.Class == AddressClass.Trouble)
        {
            return check.RejectLookupTrouble(address);
        }

        // Pattern tables see it folded too.
        var folded = resolved.Recipient.ToLowerInvariant();
        return await table.ApplyAsync(check, await table.FindMailAddressAsync(folded, cancellationToken), address, replyClass, cancellationToken);
    }
}

/// <summary>check_address_map of local_header_rewrite_clients: permits the client addresses that a table has.</summary>
internal sealed class AddressMapRestriction(string name, AccessTable table) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var result = (await table.FindExactAsync(check.Subject.Peer.Address, cancellationToken)).Result;
        return result.IsTrouble ? check.Reject(ReplyClass.Client, 451, "4.3.0", "Temporary lookup error", isOurFault: true, SessionErrors.Resource)
            : result.IsFound ? AccessVerdict.Permit
            : AccessVerdict.Dunno;
    }
}

/// <summary>A restriction class (smtpd_restriction_classes): a list with a name.</summary>
internal sealed class ClassRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        check.RunNestedAsync(check.Parser.FindClass(Name), cancellationToken);
}
