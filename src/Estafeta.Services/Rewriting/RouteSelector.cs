using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// Transport and next hop for a recipient of known class. Transport, from high to low: transport_maps, then for the default class
/// sender_dependent_default_transport_maps, then the class's own parameter. Next hop: transport_maps, the transport's own,
/// sender_dependent_relayhost_maps, relayhost, the recipient's domain.
/// </summary>
public sealed class RouteSelector
{
    private readonly RouteSettings _settings;
    private readonly TransportMaps _transportMaps;
    private readonly AddressMap _senderTransports;
    private readonly AddressMap _senderRelayhosts;
    private readonly IMailLog _log;

    private RouteSelector(RouteSettings settings, TransportMaps transportMaps, AddressMap senderTransports, AddressMap senderRelayhosts, IMailLog log)
    {
        _settings = settings;
        _transportMaps = transportMaps;
        _senderTransports = senderTransports;
        _senderRelayhosts = senderRelayhosts;
        _log = log;
    }

    public static RouteSelector Create(
        ParameterSet parameters,
        TableSet tables,
        RouteSettings settings,
        LocalDomains localDomains,
        IMailLog log,
        TimeProvider time,
        bool forVerification)
    {
        var extensions = AddressExtensions.Load(parameters);
        var transportMaps = new TransportMaps(
            Open(forVerification ? Parameters.AddressVerifyTransportMaps : Parameters.TransportMaps),
            extensions,
            DomainList.ParentMatches(parameters, Parameters.TransportMaps.Name),
            time);
        return new RouteSelector(
            settings,
            transportMaps,
            Senders(forVerification ? Parameters.AddressVerifySenderDependentDefaultTransportMaps : Parameters.SenderDependentDefaultTransportMaps),
            Senders(forVerification ? Parameters.AddressVerifySenderDependentRelayhostMaps : Parameters.SenderDependentRelayhostMaps),
            log);

        MapList Open(StringParameter parameter) => tables.OpenList(parameter.Name, parameters.Get(parameter));
        AddressMap Senders(StringParameter parameter) => new(Open(parameter), extensions, localDomains);
    }

    public async ValueTask<ResolvedAddress> SelectAsync(
        AddressClass addressClass, string sender, string recipient, string domain, CancellationToken cancellationToken)
    {
        if (addressClass == AddressClass.VirtualAlias)
        {
            // Alias domains have no deliverable addresses: what reaches this point was not in virtual_alias_maps.
            return new ResolvedAddress(addressClass, "error", _settings.ShowUserUnknownTableName
                ? "5.1.1 User unknown in virtual alias table"
                : "5.1.1 User unknown", recipient);
        }

        var route = addressClass switch
        {
            AddressClass.Local => _settings.LocalTransport,
            AddressClass.VirtualMailbox => _settings.VirtualTransport,
            AddressClass.Relay => _settings.RelayTransport,
            _ => _settings.DefaultTransport,
        };
        if (addressClass == AddressClass.Default && !_senderTransports.IsEmpty)
        {
            var found = await FindBySenderAsync(_senderTransports, sender, _settings.EmptyAddressTransportKey, cancellationToken);
            if (found.IsTrouble)
            {
                return Trouble(recipient, "sender_dependent_default_transport_maps lookup failure");
            }

            if (found.IsFound)
            {
                route = Route.Parse(found.Value!);
                if (route.Transport.Length == 0)
                {
                    return Trouble(recipient, "parameter sender_dependent_default_transport_maps: null transport is not allowed");
                }
            }
        }

        if (route.Nexthop.Length == 0)
        {
            var nexthop = domain;
            if (addressClass is AddressClass.Relay or AddressClass.Default)
            {
                var relayhost = await FindBySenderAsync(_senderRelayhosts, sender, _settings.EmptyAddressRelayhostKey, cancellationToken);
                if (relayhost.IsTrouble)
                {
                    return Trouble(recipient, "sender_dependent_relayhost_maps lookup failure");
                }

                nexthop = relayhost.IsFound ? relayhost.Value! : _settings.Relayhost.Length > 0 ? _settings.Relayhost : domain;
            }

            route = route with { Nexthop = nexthop };
        }

        return await ApplyTransportMapsAsync(new ResolvedAddress(addressClass, route.Transport, route.Nexthop, recipient), domain, cancellationToken);
    }

    private async ValueTask<ResolvedAddress> ApplyTransportMapsAsync(ResolvedAddress resolved, string domain, CancellationToken cancellationToken)
    {
        if (_transportMaps.IsEmpty)
        {
            return resolved;
        }

        var found = await _transportMaps.FindAsync(resolved.Recipient, domain, cancellationToken);
        if (found.IsTrouble)
        {
            return Trouble(resolved.Recipient, "transport_maps lookup failure");
        }

        if (!found.IsFound)
        {
            return resolved;
        }

        var route = Route.Parse(found.Value!);
        return route switch
        {
            { Transport: "error" or "retry", Nexthop: "" } => resolved with { Transport = route.Transport, Nexthop = "Address is undeliverable" },
            { Transport.Length: > 0 } => resolved with { Transport = route.Transport, Nexthop = route.Nexthop.Length > 0 ? route.Nexthop : domain },
            { Nexthop.Length: > 0 } => resolved with { Nexthop = route.Nexthop },
            _ => resolved,
        };
    }

    private static async ValueTask<LookupResult> FindBySenderAsync(AddressMap map, string sender, string emptyKey, CancellationToken cancellationToken)
    {
        if (map.IsEmpty)
        {
            return LookupResult.NotFound;
        }

        var match = await map.FindAsync(sender.Length == 0 ? emptyKey : sender, cancellationToken);
        var isDunno = match.Result.IsFound && match.Result.Value!.Equals("DUNNO", StringComparison.OrdinalIgnoreCase);
        return isDunno ? LookupResult.NotFound : match.Result;
    }

    private ResolvedAddress Trouble(string recipient, string reason)
    {
        _log.Warning(reason);
        return new ResolvedAddress(AddressClass.Trouble, "", "", recipient) { Error = reason };
    }
}
