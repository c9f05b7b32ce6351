using System.Net;
using System.Net.Sockets;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// From a destination to server addresses: MX, SRV or plain host look-ups, preference order, own-host detection (RFC 5321 §5.1,
/// RFC 7505). A look-up in trouble is a temporary failure, a name that does not exist a permanent one.
/// </summary>
internal sealed class ServerFinder(RoutingSettings settings, DnsResolver resolver, DnsReplyFilter filter, NativeNames native, IMailLog log)
{
    private const int SmtpPort = 25;

    public async ValueTask<ServerLookup> FindAsync(Destination destination, CancellationToken cancellationToken)
    {
        var host = destination.AsciiHost;
        var detectsLoops = !settings.IsLmtp && destination.Port == SmtpPort;
        var lookup = destination.UsesMx && settings.UsesDns
            ? settings.SrvServices.Contains(destination.Service) && destination.Service.Length > 0
                ? await FindBySrvAsync(destination, host, cancellationToken)
                : await FindByMxAsync(destination, host, cancellationToken)
            : await FindHostAsync(host, destination, cancellationToken);
        return lookup.Failure != null ? lookup : Arrange(lookup, destination, detectsLoops);
    }

    private async ValueTask<ServerLookup> FindByMxAsync(Destination destination, string domain, CancellationToken cancellationToken)
    {
        var answer = await QueryAsync(domain, DnsRecordType.MX, cancellationToken);
        switch (answer.Outcome)
        {
            case DnsOutcome.Found:
                return await FindExchangesAsync(destination, answer, cancellationToken);
            case DnsOutcome.NullMx:
                return ServerLookup.Failed(SessionFailure.Local("5.1.0", answer.Reason));
            case DnsOutcome.Invalid:
                return ServerLookup.Failed(SessionFailure.Local("5.4.4", answer.Reason));
            case DnsOutcome.NotFound or DnsOutcome.NoData:
                // RFC 5321 §5.1: without MX the domain is its own mail host.
                return await FindHostAsync(domain, destination, cancellationToken);
            case DnsOutcome.Trouble when settings.IgnoresMxErrors:
                return await FindHostAsync(domain, destination, cancellationToken);
            default:
                return ServerLookup.Failed(SessionFailure.Local(answer.Outcome == DnsOutcome.Filtered ? "4.7.0" : "4.4.3", answer.Reason, true));
        }
    }

    private async ValueTask<ServerLookup> FindExchangesAsync(Destination destination, DnsAnswer answer, CancellationToken cancellationToken)
    {
        var servers = new List<ServerAddress>();
        SessionFailure? failure = null;
        var sawTemporary = false;
        var best = int.MaxValue;
        foreach (var mx in answer.Records.Cast<DnsMxRecord>().OrderBy(record => record.Preference))
        {
            best = Math.Min(best, mx.Preference);
            var found = await AddressesAsync(mx.Exchange, destination.Port, mx.Preference, cancellationToken);
            servers.AddRange(found.Servers);
            if (found.Failure != null)
            {
                failure = found.Failure;
                sawTemporary |= !found.Failure.IsPermanent;
            }
        }

        if (servers.Count > 0)
        {
            return new ServerLookup(servers, null) { MxDomain = answer.Name, IsMxAuthentic = answer.IsAuthentic };
        }

        log.Warning($"no MX host for {destination.Host} has a valid address record");
        failure ??= SessionFailure.Local("5.4.4", $"unable to find an MX host for {destination.Host}"); // an answer has at least one record
        return ServerLookup.Failed(sawTemporary || settings.DefersWithoutMxAddress ? failure.AsTemporary() : failure);
    }

    private async ValueTask<ServerLookup> FindBySrvAsync(Destination destination, string domain, CancellationToken cancellationToken)
    {
        var name = $"_{destination.Service}._tcp.{domain}";
        var answer = await QueryAsync(name, DnsRecordType.SRV, cancellationToken);
        if (!answer.IsFound)
        {
            var mayFallBack = answer.Outcome is DnsOutcome.NotFound or DnsOutcome.NoData ? settings.SrvFallsBack : settings.IgnoresSrvErrors;
            return mayFallBack
                ? await FindByMxAsync(destination, domain, cancellationToken)
                : ServerLookup.Failed(SessionFailure.Local(answer.Outcome is DnsOutcome.NotFound or DnsOutcome.NoData ? "5.4.4" : "4.4.3", answer.Reason));
        }

        if (answer.Records is [DnsSrvRecord { IsNull: true }])
        {
            return ServerLookup.Failed(SessionFailure.Local("5.1.0", $"Service {destination.Service} is not available at {destination.Host} (null SRV)"));
        }

        var servers = new List<ServerAddress>();
        SessionFailure? failure = null;
        foreach (var record in SrvOrder.Arrange(answer.Records.Cast<DnsSrvRecord>()))
        {
            var found = await AddressesAsync(record.Target, record.Port, record.Priority, cancellationToken);
            servers.AddRange(found.Servers);
            failure = found.Failure ?? failure;
        }

        return servers.Count > 0
            ? new ServerLookup(servers, null)
            : ServerLookup.Failed(failure ?? SessionFailure.Local("5.4.4", answer.Reason));
    }

    private ValueTask<ServerLookup> FindHostAsync(string host, Destination destination, CancellationToken cancellationToken) =>
        AddressesAsync(host, destination.Port, 0, cancellationToken);

    private async ValueTask<ServerLookup> AddressesAsync(string host, int port, int preference, CancellationToken cancellationToken)
    {
        if (DomainName.TryParseIPv4(host, out var literal) || DomainName.TryParseIPv6(host, out literal))
        {
            return new ServerLookup([new ServerAddress(host, new IPEndPoint(literal, port)) { Preference = preference }], null);
        }

        DnsAnswer? failed = null;
        if (settings.LooksInDns)
        {
            // Both questions at once; the answer that is reported is that to the last.
            var ipv4 = settings.UsesIPv4 ? QueryAsync(host, DnsRecordType.A, cancellationToken) : null;
            var ipv6 = settings.UsesIPv6 ? QueryAsync(host, DnsRecordType.AAAA, cancellationToken) : null;
            var servers = new List<ServerAddress>();
            foreach (var pending in (Task<DnsAnswer>?[])[ipv4, ipv6])
            {
                if (pending == null)
                {
                    continue;
                }

                var answer = await pending;
                Add(servers, answer, host, port, preference);
                failed = answer.IsFound ? failed : failed is { Outcome: DnsOutcome.Trouble } ? failed : answer;
            }

            if (servers.Count > 0)
            {
                return new ServerLookup(servers, null);
            }
        }

        // Only a name that the DNS does not have may be known elsewhere.
        if (settings.LooksNatively && failed is null or { Outcome: DnsOutcome.NotFound or DnsOutcome.NoData })
        {
            return await FindNativelyAsync(host, port, preference, cancellationToken);
        }

        return ServerLookup.Failed(failed switch
        {
            { Outcome: DnsOutcome.Trouble } => SessionFailure.Local("4.4.3", failed.Reason, true),
            { Outcome: DnsOutcome.Filtered } => SessionFailure.Local("4.7.0", failed.Reason),
            _ => SessionFailure.Local("5.4.4", failed?.Reason ?? $"unable to look up host {host}"),
        });
    }

    private async Task<DnsAnswer> QueryAsync(string host, DnsRecordType type, CancellationToken cancellationToken) =>
        await filter.ApplyAsync(
            settings.Completion == NameCompletion.None
                ? await resolver.QueryAsync(host, type, cancellationToken, settings.UsesDnssec)
                : await resolver.SearchAsync(host, type, settings.Completion, cancellationToken, settings.UsesDnssec),
            cancellationToken);

    private void Add(List<ServerAddress> servers, DnsAnswer answer, string host, int port, int preference)
    {
        foreach (var record in answer.Records)
        {
            if (record is DnsAddressRecord address)
            {
                servers.Add(new ServerAddress(settings.CnameOverridesName ? answer.Name : host, new IPEndPoint(address.Address, port))
                {
                    Preference = preference,
                    IsHostAuthentic = answer.IsAuthentic,
                    CanonicalName = answer.Name,
                });
            }
        }
    }

    private async ValueTask<ServerLookup> FindNativelyAsync(string host, int port, int preference, CancellationToken cancellationToken)
    {
        var answer = await native.FindAsync(host, cancellationToken);
        var servers = new List<ServerAddress>();
        foreach (var address in answer.Addresses)
        {
            if (address.AddressFamily == AddressFamily.InterNetwork ? settings.UsesIPv4 : settings.UsesIPv6)
            {
                servers.Add(new ServerAddress(host, new IPEndPoint(address, port)) { Preference = preference });
            }
        }

        var reason = answer.Reason.Length > 0 ? answer.Reason : "No address associated with hostname";
        return servers.Count > 0
            ? new ServerLookup(servers, null)
            : ServerLookup.Failed(SessionFailure.Local(answer.IsTemporary ? "4.4.4" : "5.4.4", $"unable to look up host {host}: {reason}"));
    }

    private ServerLookup Arrange(ServerLookup lookup, Destination destination, bool detectsLoops)
    {
        IReadOnlyList<ServerAddress> servers = lookup.Servers;
        if (detectsLoops)
        {
            var own = servers.Where(IsOwn).Select(server => server.Preference).DefaultIfEmpty(int.MaxValue).Min();
            servers = servers.Where(server => server.Preference < own).ToList();
            if (servers.Count == 0)
            {
                return ServerLookup.Failed(SessionFailure.Local("5.4.6", $"mail for {destination.Host} loops back to myself")) with { IsLoop = true };
            }
        }

        return lookup with { Servers = AddressOrder.Arrange(servers, settings, Random.Shared) };
    }

    private bool IsOwn(ServerAddress server) => server.EndPoint != null && settings.OwnAddresses.Contains(server.EndPoint.Address);
}
