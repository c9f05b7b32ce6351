using Estafeta.Daemons.Smtpd.Access.Dns;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>reject_rbl_client, permit_dnswl_client: the client's address, octets reversed, below the list's domain.</summary>
internal sealed class AddressListRestriction(string name, DnsListSite site, bool permits) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Client, check.Subject.Peer.NameAddress);

    public override bool AsksList => true;

    public override void Foresee(AccessCheck check)
    {
        if (check.Subject.Peer.IPAddress is { } address)
        {
            check.Services.Dns.Foresee(DnsName.ForAddress(address, site.Domain), DnsRecordType.A);
        }
    }

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Peer.IPAddress is not { } address)
        {
            return AccessVerdict.Dunno;
        }

        var lists = check.Services.DnsLists;
        var answer = await DnsLists.QueryAsync(check, site, DnsName.ForAddress(address, site.Domain), cancellationToken);
        return permits ? await ListedPermit.DecideAsync(check, answer, check.Subject.Peer.Address, ReplyClass.Client, cancellationToken)
            : answer.Outcome == DnsListOutcome.Listed
                ? await lists.RejectAsync(check, site, answer, check.Subject.Peer.Address, ReplyClass.Client, cancellationToken)
                : AccessVerdict.Dunno;
    }
}

/// <summary>reject_rhsbl_client, …_reverse_client, …_helo, …_sender, …_recipient, permit_rhswl_client: a domain below the list's domain.</summary>
internal sealed class NameListRestriction(string name, DnsListSite site, NameListSubject subject, bool permits) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Client, check.Subject.Peer.NameAddress);

    public override bool AsksList => true;

    public override void Foresee(AccessCheck check)
    {
        if (DomainOf(Find(check).What) is { } domain)
        {
            check.Services.Dns.Foresee($"{domain}.{site.Domain}", DnsRecordType.A);
        }
    }

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var (what, replyClass) = Find(check);
        if (what == null || DomainOf(what) is not { } domain)
        {
            return AccessVerdict.Dunno;
        }

        var lists = check.Services.DnsLists;
        var answer = await DnsLists.QueryAsync(check, site, $"{domain}.{site.Domain}", cancellationToken);
        return permits ? await ListedPermit.DecideAsync(check, answer, what, replyClass, cancellationToken)
            : answer.Outcome == DnsListOutcome.Listed ? await lists.RejectAsync(check, site, answer, what, replyClass, cancellationToken)
            : AccessVerdict.Dunno;
    }

    private (string? What, ReplyClass Class) Find(AccessCheck check) => subject switch
    {
        NameListSubject.Client => (check.Subject.Peer.Name, ReplyClass.Client),
        NameListSubject.ReverseClient => (check.Subject.Peer.ReverseName, ReplyClass.ReverseClient),
        NameListSubject.Helo => (check.Subject.Helo, ReplyClass.Helo),
        NameListSubject.Sender => (check.Subject.Sender, ReplyClass.Sender),
        _ => (check.Subject.Recipient, ReplyClass.Recipient),
    };

    // Numbers and literals are not names.
    private string? DomainOf(string? what)
    {
        var at = what?.LastIndexOf('@') ?? -1;
        var domain = what == null ? null : subject is NameListSubject.Sender or NameListSubject.Recipient ? (at < 0 ? null : what[(at + 1)..]) : what;
        return domain is null or "unknown" || domain.StartsWith('[') || !DomainName.IsValidHostName(domain) ? null : domain;
    }
}

internal enum NameListSubject
{
    Client,
    ReverseClient,
    Helo,
    Sender,
    Recipient,
}

/// <summary>
/// What a list of good clients may do: permit, but at RCPT never relay to others' domains; and when the list cannot be asked, what is
/// refused later is refused for now only.
/// </summary>
internal static class ListedPermit
{
    public static async ValueTask<AccessVerdict> DecideAsync(
        AccessCheck check, DnsListAnswer answer, string what, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        switch (answer.Outcome)
        {
            case DnsListOutcome.Unknown:
                return check.DeferIfReject(replyClass, 450, "4.7.1", $"<{what}>: {replyClass.Words} rejected: Service unavailable");
            case DnsListOutcome.Listed when check.Subject is { Stage: "RCPT", Recipient: { } recipient }:
                var resolved = await check.ResolveAsync(check.Subject.Sender ?? "", recipient, cancellationToken);
                return AuthDestination.IsOurs(check.Services, resolved) ? AccessVerdict.Permit : AccessVerdict.Dunno;
            case DnsListOutcome.Listed:
                return AccessVerdict.Permit;
            default:
                return AccessVerdict.Dunno;
        }
    }
}
