using System.Net;
using System.Net.Sockets;
using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtpd.Access.Dns;

/// <summary>The name service as restrictions see it: through smtpd_dns_reply_filter, limited to inet_protocols, with /etc/hosts where Postfix looks there.</summary>
internal sealed class AccessDns(DnsResolver resolver, DnsReplyFilter filter, HostsFile hosts, bool hasIPv4, bool hasIPv6)
{
    /// <summary>A or AAAA records are worth looking for.</summary>
    public IReadOnlyList<DnsRecordType> AddressTypes { get; } =
        hasIPv4 && hasIPv6 ? [DnsRecordType.A, DnsRecordType.AAAA] : hasIPv6 ? [DnsRecordType.AAAA] : [DnsRecordType.A];

    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken) =>
        DomainName.IsValidHostName(name)
            ? await filter.ApplyAsync(await resolver.QueryAsync(name, type, cancellationToken), cancellationToken)
            : new DnsAnswer(DnsOutcome.NotFound, name, type, []); // no host can have it, as Postfix sees it

    /// <summary>Starts a query whose answer will be asked for soon.</summary>
    public void Foresee(string name, DnsRecordType type) => resolver.Foresee(name, type);

    /// <summary>
    /// Whether the name has a record of any of these types: Found, the answer of the last type that has none, or Trouble when that could
    /// have hidden one.
    /// </summary>
    public async ValueTask<DnsAnswer> FindAnyAsync(
        string name, IReadOnlyList<DnsRecordType> types, AccessTrace? trace, CancellationToken cancellationToken)
    {
        DnsAnswer? answer = null;
        foreach (var type in types)
        {
            var next = await QueryAsync(name, type, cancellationToken);
            trace?.Dns(name, next);
            if (next.Outcome is DnsOutcome.Found or DnsOutcome.NullMx)
            {
                return next;
            }

            answer = answer is { Outcome: DnsOutcome.Trouble or DnsOutcome.Filtered or DnsOutcome.Invalid } ? answer : next;
        }

        return answer ?? throw new ArgumentException("no types", nameof(types));
    }

    /// <summary>The addresses of a host, as getaddrinfo(3) would find them: with or without a dot at its end.</summary>
    public async ValueTask<HostAddresses> FindAddressesAsync(string name, AccessTrace? trace, CancellationToken cancellationToken)
    {
        var host = name.EndsWith('.') ? name[..^1] : name;
        if (IPAddress.TryParse(host, out var numeric))
        {
            return new HostAddresses([numeric], null);
        }

        var found = new List<IPAddress>();
        foreach (var address in hosts.FindAddresses(host))
        {
            if (address.AddressFamily == AddressFamily.InterNetwork ? hasIPv4 : hasIPv6)
            {
                found.Add(address);
            }
        }

        if (found.Count > 0)
        {
            return new HostAddresses(found, null);
        }

        var problem = "Name or service not known";
        foreach (var type in AddressTypes)
        {
            var answer = await QueryAsync(host, type, cancellationToken);
            trace?.Dns(host, answer);
            foreach (var record in answer.Records)
            {
                if (record is DnsAddressRecord address)
                {
                    found.Add(address.Address);
                }
            }

            problem = answer.Outcome switch
            {
                DnsOutcome.Trouble or DnsOutcome.Filtered => "Temporary failure in name resolution",
                DnsOutcome.NoData => "No address associated with hostname",
                _ => problem,
            };
        }

        return new HostAddresses(found, found.Count > 0 ? null : problem);
    }
}

/// <param name="Problem">Why there are none, in the words of gai_strerror(3).</param>
internal readonly record struct HostAddresses(IReadOnlyList<IPAddress> Addresses, string? Problem);
