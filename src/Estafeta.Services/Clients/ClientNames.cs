using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Clients;

/// <summary>
/// Finds the name of a client and checks that it leads back (smtpd_peername_lookup): /etc/hosts, then PTR, then A or AAAA of the name.
/// A name that does not lead back is no name: anybody can write anything into a PTR record of his own.
/// </summary>
public sealed class ClientNames(DnsResolver resolver, DnsReplyFilter filter, HostsFile hosts, IMailLog log)
{
    public async ValueTask<ClientName> FindAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var (reverseName, status) = await FindReverseNameAsync(address, cancellationToken);
        if (reverseName == null)
        {
            return new ClientName { Status = status, ReverseStatus = status };
        }

        status = await VerifyAsync(reverseName, address, cancellationToken);
        return new ClientName
        {
            Name = status == ClientNameStatus.Ok ? reverseName : ClientName.Unknown,
            ReverseName = reverseName,
            Status = status,
        };
    }

    private async ValueTask<(string? Name, ClientNameStatus Status)> FindReverseNameAsync(IPAddress address, CancellationToken cancellationToken)
    {
        if (hosts.FindName(address) is { } local)
        {
            return (local, ClientNameStatus.Ok);
        }

        var answer = await filter.ApplyAsync(await resolver.QueryAsync(DnsName.ForPointer(address), DnsRecordType.PTR, cancellationToken), cancellationToken);
        if (!answer.IsFound)
        {
            return (null, IsTemporary(answer) ? ClientNameStatus.Temporary : ClientNameStatus.Permanent);
        }

        var name = ((DnsNameRecord)answer.Records[0]).Target;
        return DnsName.IsHostName(name) ? (name, ClientNameStatus.Ok) : (null, ClientNameStatus.Permanent);
    }

    private async ValueTask<ClientNameStatus> VerifyAsync(string name, IPAddress address, CancellationToken cancellationToken)
    {
        var local = hosts.FindAddresses(name);
        if (local.Contains(address))
        {
            return ClientNameStatus.Ok;
        }

        var type = address.AddressFamily == AddressFamily.InterNetworkV6 ? DnsRecordType.AAAA : DnsRecordType.A;
        var answer = await filter.ApplyAsync(await resolver.QueryAsync(name, type, cancellationToken), cancellationToken);
        if (answer.IsFound)
        {
            foreach (var record in answer.Records)
            {
                if (record is DnsAddressRecord found && found.Address.Equals(address))
                {
                    return ClientNameStatus.Ok;
                }
            }
        }

        if (!answer.IsFound && local.Count == 0)
        {
            var isTemporary = IsTemporary(answer);
            var reason = isTemporary ? "Temporary failure in name resolution"
                : answer.Outcome == DnsOutcome.NoData ? "No address associated with hostname"
                : "Name or service not known";
            log.Warning($"hostname {name} does not resolve to address {address}: {reason}");
            return isTemporary ? ClientNameStatus.Temporary : ClientNameStatus.Permanent;
        }

        log.Warning($"hostname {name} does not resolve to address {address}");
        return ClientNameStatus.Forged;
    }

    private static bool IsTemporary(DnsAnswer answer) => answer.Outcome is DnsOutcome.Trouble or DnsOutcome.Filtered;
}
