using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// check_{client,reverse_client_hostname,helo,sender,recipient}_{a,mx,ns}_access: the hosts behind a domain, by name and by address. Such
/// tables are for refusing: an OK would let in whoever names a trusted host as his own mail exchanger.
/// </summary>
internal sealed class ServerTableRestriction(string name, string plainName, AccessTable table, ServerTableSubject subject, DnsRecordType type)
    : Restriction(name)
{
    /// <summary>More servers than this are the client's problem.</summary>
    private const int ServerLimit = 100;

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var (what, replyName, replyClass) = Find(check.Subject);
        if (string.IsNullOrEmpty(what) || (what == "unknown" && subject is ServerTableSubject.Client or ServerTableSubject.ReverseClient))
        {
            return AccessVerdict.Dunno;
        }

        // Of an address the domain as it stands there, routing or not; of one without domain the user.
        var domain = subject is ServerTableSubject.Sender or ServerTableSubject.Recipient ? what[(what.LastIndexOf('@') + 1)..] : what;
        var verdict = await CheckDomainAsync(check, what, domain, replyName, replyClass, cancellationToken);
        return verdict == AccessVerdict.Permit ? check.RejectPermit(plainName, what) : verdict;
    }

    private (string? What, string ReplyName, ReplyClass ReplyClass) Find(AccessSubject about) => subject switch
    {
        ServerTableSubject.Client => (about.Peer.Name, about.Peer.NameAddress, ReplyClass.Client),
        ServerTableSubject.ReverseClient => (about.Peer.ReverseName, about.Peer.ReverseName, ReplyClass.ReverseClient),
        ServerTableSubject.Helo => (about.Helo, about.Helo ?? "", ReplyClass.Helo),
        ServerTableSubject.Sender => (about.Sender, about.Sender ?? "", ReplyClass.Sender),
        _ => (about.Recipient, about.Recipient ?? "", ReplyClass.Recipient),
    };

    private async ValueTask<AccessVerdict> CheckDomainAsync(
        AccessCheck check, string what, string domain, string replyName, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        if (domain.StartsWith('['))
        {
            // An address has no name servers.
            return type != DnsRecordType.NS && DomainName.TryParseLiteral(domain, out var literal)
                ? await table.ApplyAsync(check, await table.FindAddressAsync(literal, cancellationToken), replyName, replyClass, cancellationToken)
                : AccessVerdict.Dunno;
        }

        var servers = type == DnsRecordType.A ? [domain] : await FindServersAsync(check, what, domain, cancellationToken);
        for (var i = 0; i < servers.Count && i < ServerLimit; i++)
        {
            var answer = type == DnsRecordType.A ? default : await table.FindNameAsync(servers[i], cancellationToken);
            answer = answer.IsSettled ? answer : await FindAddressesAsync(check, servers[i], replyName, replyClass, cancellationToken);
            if (answer.IsSettled && await table.ApplyAsync(check, answer, replyName, replyClass, cancellationToken) is not AccessVerdict.Dunno and var verdict)
            {
                return verdict;
            }
        }

        return AccessVerdict.Dunno;
    }

    // A domain without MX is its own mail exchanger; one without NS is served by its parent's servers.
    private async ValueTask<List<string>> FindServersAsync(AccessCheck check, string what, string domain, CancellationToken cancellationToken)
    {
        var servers = new List<string>();
        for (var name = domain; ;)
        {
            var answer = await check.QueryAsync(name, type, cancellationToken);
            if (answer.IsFound)
            {
                foreach (var record in answer.Records)
                {
                    servers.Add(record is DnsMxRecord exchange ? exchange.Exchange : ((DnsNameRecord)record).Target);
                }

                return servers;
            }

            var isAbsent = answer.Outcome is DnsOutcome.NotFound or DnsOutcome.NoData;
            if (isAbsent && type == DnsRecordType.MX)
            {
                return [domain];
            }

            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (isAbsent && type == DnsRecordType.NS && dot > 0)
            {
                name = name[(dot + 1)..];
                continue;
            }

            if (answer.Outcome is not DnsOutcome.NullMx and not DnsOutcome.Invalid)
            {
                check.Log.Warning($"Unable to look up {type} host for {(isAbsent ? what : name)}: {Problem(answer)}");
            }

            return servers;
        }
    }

    private async ValueTask<AccessAnswer> FindAddressesAsync(
        AccessCheck check, string server, string replyName, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        var found = await check.FindAddressesAsync(server, cancellationToken);
        if (found.Problem != null && type != DnsRecordType.A)
        {
            check.Log.Warning($"Unable to look up {type} host {server} for {replyClass.Words} {replyName}: {found.Problem}");
        }

        foreach (var address in found.Addresses)
        {
            var answer = await table.FindAddressAsync(address, cancellationToken);
            if (answer.IsSettled)
            {
                return answer;
            }
        }

        return default;
    }

    private static string Problem(DnsAnswer answer) => answer.Outcome switch
    {
        DnsOutcome.NotFound => "Host not found",
        DnsOutcome.NoData => "Host found but no data record of requested type",
        DnsOutcome.Invalid => "Malformed or unexpected name server reply",
        _ => "Host not found, try again",
    };
}

internal enum ServerTableSubject
{
    Client,
    ReverseClient,
    Helo,
    Sender,
    Recipient,
}
