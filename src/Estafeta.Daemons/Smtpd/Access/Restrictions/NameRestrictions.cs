using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;
using Estafeta.Services.Clients;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>reject_unknown_client_hostname and reject_unknown_reverse_client_hostname.</summary>
internal sealed class UnknownClientRestriction(string name, bool isReverse) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var peer = check.Subject.Peer;
        var status = isReverse ? peer.ReverseNameStatus : peer.NameStatus;
        if (status == ClientNameStatus.Ok)
        {
            return new(AccessVerdict.Dunno);
        }

        var code = status == ClientNameStatus.Temporary ? 450 : check.Services.Settings.UnknownClientRejectCode;
        return new(check.Reject(
            ReplyClass.Client, code, isReverse ? "4.7.1" : "4.7.25", $"Client host rejected: cannot find your {(isReverse ? "reverse " : "")}hostname, [{peer.Address}]"));
    }
}

/// <summary>reject_invalid_helo_hostname: the name is not one.</summary>
internal sealed class InvalidHeloRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Helo is not { } helo)
        {
            return new(AccessVerdict.Dunno);
        }

        var problem = helo.StartsWith('[') ? HeloName.IsAddress(helo) ? null : "invalid ip address"
            : HeloName.IsAddress(helo) || DomainName.IsValidHostName(helo.TrimEnd('.')) ? null
            : "Invalid name";
        return new(problem == null ? AccessVerdict.Dunno : check.Reject(
            ReplyClass.Helo, check.Services.Settings.InvalidHostnameRejectCode, "5.5.2", $"<{helo}>: Helo command rejected: {problem}"));
    }
}

/// <summary>reject_non_fqdn_helo_hostname: the name has no dot, or is a bare address.</summary>
internal sealed class NonFqdnHeloRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Helo is not { } helo)
        {
            return new(AccessVerdict.Dunno);
        }

        if (helo.StartsWith('['))
        {
            return new(HeloName.IsAddress(helo) ? AccessVerdict.Dunno : HeloName.RejectAddress(check, helo));
        }

        var plain = helo.EndsWith('.') ? helo[..^1] : helo;
        return new(DomainName.IsValidHostName(plain) && plain.Contains('.', StringComparison.Ordinal) ? AccessVerdict.Dunno : check.Reject(
            ReplyClass.Helo, check.Services.Settings.NonFqdnRejectCode, "5.5.2", $"<{helo}>: Helo command rejected: need fully-qualified hostname"));
    }
}

/// <summary>reject_unknown_helo_hostname: the name has neither address nor MX.</summary>
internal sealed class UnknownHeloRestriction(string name) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Helo is not { } helo)
        {
            return AccessVerdict.Dunno;
        }

        if (helo.StartsWith('['))
        {
            return HeloName.IsAddress(helo) ? AccessVerdict.Dunno : HeloName.RejectAddress(check, helo);
        }

        var dns = check.Services.Dns;
        var answer = await check.FindAnyAsync(helo, [.. dns.AddressTypes, DnsRecordType.MX], cancellationToken);
        var text = $"<{helo}>: Helo command rejected: Host not found";
        return answer.Outcome switch
        {
            DnsOutcome.Found or DnsOutcome.NullMx or DnsOutcome.Invalid => AccessVerdict.Dunno,
            DnsOutcome.Trouble or DnsOutcome.Filtered => TempfailAction.Apply(
                check, check.Services.Settings.DefersUnknownHelo, ReplyClass.Helo, "4.7.1", text),
            _ => check.Reject(ReplyClass.Helo, check.Services.Settings.UnknownHostnameRejectCode, "4.7.1", text),
        };
    }
}

/// <summary>reject_non_fqdn_sender and reject_non_fqdn_recipient.</summary>
internal sealed class NonFqdnAddressRestriction(string name, bool isSender) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var address = isSender ? check.Subject.Sender : check.Subject.Recipient;
        if (string.IsNullOrEmpty(address))
        {
            return new(AccessVerdict.Dunno);
        }

        var domain = address.LastIndexOf('@') is >= 0 and var at ? address[(at + 1)..] : "";
        var isQualified = domain.StartsWith('[') || (DomainName.IsValidHostName(domain) && domain.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && dot < domain.Length - 1);
        var replyClass = isSender ? ReplyClass.Sender : ReplyClass.Recipient;
        return new(isQualified ? AccessVerdict.Dunno : check.Reject(
            replyClass, check.Services.Settings.NonFqdnRejectCode, "5.5.2", $"<{address}>: {replyClass.Words} rejected: need fully-qualified address"));
    }
}

/// <summary>reject_unknown_sender_domain and reject_unknown_recipient_domain: nobody could answer, or take mail, at that domain.</summary>
internal sealed class UnknownDomainRestriction(string name, bool isSender) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var address = isSender ? check.Subject.Sender : check.Subject.Recipient;
        if (string.IsNullOrEmpty(address))
        {
            return AccessVerdict.Dunno;
        }

        var resolved = await check.ResolveAsync(isSender ? "" : check.Subject.Sender ?? "", address, cancellationToken);
        if (resolved.Class == AddressClass.Trouble)
        {
            return check.RejectLookupTrouble(address);
        }

        // Our own domains need no DNS.
        var domain = resolved.Recipient.LastIndexOf('@') is >= 0 and var at ? resolved.Recipient[(at + 1)..] : "";
        if (domain.Length == 0 || domain.StartsWith('[') || AuthDestination.IsOurDomain(resolved))
        {
            return AccessVerdict.Dunno;
        }

        var dns = check.Services.Dns;
        var answer = await check.FindAnyAsync(domain, [DnsRecordType.MX, .. dns.AddressTypes], cancellationToken);
        return Decide(check, answer, address, domain);
    }

    private AccessVerdict Decide(AccessCheck check, DnsAnswer answer, string address, string domain)
    {
        var replyClass = isSender ? ReplyClass.Sender : ReplyClass.Recipient;
        var status = isSender ? "4.1.8" : "4.1.2";
        var text = $"<{address}>: {replyClass.Words} rejected: Domain not found";
        return answer.Outcome switch
        {
            DnsOutcome.Found or DnsOutcome.Invalid => AccessVerdict.Dunno,
            DnsOutcome.NullMx => check.Reject(
                replyClass,
                isSender ? 550 : 556,
                isSender ? "5.7.27" : "5.1.10",
                $"<{address}>: {replyClass.Words} rejected: Domain {domain} does not accept mail (nullMX)"),
            DnsOutcome.Trouble or DnsOutcome.Filtered =>
                TempfailAction.Apply(check, check.Services.Settings.DefersUnknownAddress, replyClass, status, text),
            _ => check.Reject(replyClass, check.Services.Settings.UnknownAddressRejectCode, status, text),
        };
    }
}

/// <summary>reject_multi_recipient_bounce: a bounce has one recipient.</summary>
internal sealed class MultiRecipientBounceRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var recipients = check.Subject.RecipientCount + (check.Subject.Stage == "RCPT" ? 1 : 0);
        return new(check.Subject.Sender is not { Length: 0 } || recipients < 2 ? AccessVerdict.Dunno : check.Reject(
            check.ReplyClass,
            check.Services.Settings.MultiRecipientBounceRejectCode,
            "5.5.3",
            $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: Multi-recipient bounce"));
    }
}

/// <summary>reject_plaintext_session.</summary>
internal sealed class PlaintextSessionRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(
        check.Subject.IsEncrypted
            ? AccessVerdict.Dunno
            : check.Reject(check.ReplyClass, check.Services.Settings.PlaintextRejectCode, "4.7.1", "Session encryption is required"));
}

/// <summary>What to do when the name server does not know: defer_if_permit, or defer at once (…_tempfail_action).</summary>
internal static class TempfailAction
{
    public static AccessVerdict Apply(AccessCheck check, bool defers, ReplyClass replyClass, string status, string text, int code = 450) =>
        defers
            ? check.Reject(replyClass, code, status, text)
            : check.DeferIfPermit(replyClass, code, status, text);
}

/// <summary>Address literals in HELO.</summary>
internal static class HeloName
{
    public static AccessVerdict RejectAddress(AccessCheck check, string helo) => check.Reject(
        ReplyClass.Helo, check.Services.Settings.InvalidHostnameRejectCode, "5.5.2", $"<{helo}>: Helo command rejected: invalid ip address");

    public static bool IsAddress(string helo) =>
        DomainName.TryParseLiteral(helo, out _) || DomainName.TryParseIPv4(helo, out _) || DomainName.TryParseIPv6(helo, out _);
}
