using System.Net;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// permit_mx_backup: we are a mail exchanger of the recipient's domain, but not the best one; and the best ones are in
/// permit_mx_backup_networks. Will be removed (DEPRECATION_README), as its warning says.
/// </summary>
internal sealed class MxBackupRestriction(string name) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Recipient, check.Subject.Recipient ?? "");

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Recipient is not { } recipient)
        {
            return AccessVerdict.Dunno;
        }

        check.Log.Warning($"support for restriction \"{PlainName}\" will be removed from Postfix; instead, specify \"relay_domains\"");
        var resolved = await check.ResolveAsync(check.Subject.Sender ?? "", recipient, cancellationToken);
        if (resolved.Class == AddressClass.Trouble)
        {
            return check.RejectLookupTrouble(recipient);
        }

        if (AuthDestination.IsOurs(check.Services, resolved))
        {
            return AccessVerdict.Permit;
        }

        var domain = resolved.Recipient.LastIndexOf('@') is >= 0 and var at ? resolved.Recipient[(at + 1)..] : "";
        if (resolved.IsRouted || domain.Length == 0 || domain.StartsWith('['))
        {
            return AccessVerdict.Dunno;
        }

        var answer = await check.QueryAsync(domain, DnsRecordType.MX, cancellationToken);
        return answer.Outcome switch
        {
            DnsOutcome.Found => await IsBackupAsync(check, [.. answer.Records.OfType<DnsMxRecord>()], cancellationToken)
                ? AccessVerdict.Permit
                : AccessVerdict.Dunno,
            DnsOutcome.Trouble or DnsOutcome.Filtered => check.DeferIfReject(
                ReplyClass.Recipient,
                450,
                "4.4.4",
                $"<{recipient}>: Recipient address rejected: Unable to look up mail exchanger information: Host not found, try again"),
            _ => AccessVerdict.Dunno,
        };
    }

    private static async ValueTask<bool> IsBackupAsync(AccessCheck check, DnsMxRecord[] exchanges, CancellationToken cancellationToken)
    {
        var best = exchanges.Min(e => e.Preference);
        var isExchange = false;
        foreach (var exchange in exchanges)
        {
            var addresses = (await check.FindAddressesAsync(exchange.Exchange, cancellationToken)).Addresses;
            var isMine = addresses.Any(check.Services.OwnAddresses.Contains);
            isExchange |= isMine;
            if (exchange.Preference == best && (isMine || !await AreAllowedAsync(check, addresses, cancellationToken)))
            {
                return false;
            }
        }

        return isExchange;
    }

    private static async ValueTask<bool> AreAllowedAsync(AccessCheck check, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        if (check.Services.MxBackupNetworks.IsEmpty)
        {
            return true;
        }

        foreach (var address in addresses)
        {
            if (!(await check.Services.MxBackupNetworks.MatchAsync(null, address, cancellationToken)).IsFound)
            {
                return false;
            }
        }

        return addresses.Count > 0;
    }
}
