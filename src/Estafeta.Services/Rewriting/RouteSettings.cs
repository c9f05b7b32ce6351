using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// Where mail of each address class goes (trivial-rewrite(8), "ROUTING CONTROLS"), and how an address is read before that.
/// Address verification has a set of its own (address_verify_…).
/// </summary>
public sealed record RouteSettings
{
    public required string Myhostname { get; init; }

    public required Route LocalTransport { get; init; }

    public required Route VirtualTransport { get; init; }

    public required Route RelayTransport { get; init; }

    public required Route DefaultTransport { get; init; }

    public string Relayhost { get; init; } = "";

    public string EmptyAddressRecipient { get; init; } = "MAILER-DAEMON";

    public string EmptyAddressRelayhostKey { get; init; } = "<>";

    public string EmptyAddressTransportKey { get; init; } = "<>";

    public bool ResolveDequotedAddress { get; init; } = true;

    public bool ResolveNullDomain { get; init; }

    /// <summary>allow_min_user: an address may begin with <c>-</c>, which programs may take for an option.</summary>
    public bool AllowMinUser { get; init; }

    public bool ResolveNumericDomain { get; init; }

    public bool ShowUserUnknownTableName { get; init; } = true;

    public static RouteSettings Load(ParameterSet parameters) => Load(
        parameters,
        Parameters.LocalTransport,
        Parameters.VirtualTransport,
        Parameters.RelayTransport,
        Parameters.DefaultTransport,
        Parameters.Relayhost);

    public static RouteSettings LoadForVerification(ParameterSet parameters) => Load(
        parameters,
        Parameters.AddressVerifyLocalTransport,
        Parameters.AddressVerifyVirtualTransport,
        Parameters.AddressVerifyRelayTransport,
        Parameters.AddressVerifyDefaultTransport,
        Parameters.AddressVerifyRelayhost);

    private static RouteSettings Load(
        ParameterSet parameters,
        StringParameter local,
        StringParameter virtualMailbox,
        StringParameter relay,
        StringParameter other,
        StringParameter relayhost) => new()
    {
        Myhostname = parameters.Get(Parameters.Myhostname),
        LocalTransport = Route.Required(local.Name, parameters.Get(local)),
        VirtualTransport = Route.Required(virtualMailbox.Name, parameters.Get(virtualMailbox)),
        RelayTransport = Route.Required(relay.Name, parameters.Get(relay)),
        DefaultTransport = Route.Required(other.Name, parameters.Get(other)),
        Relayhost = parameters.Get(relayhost),
        EmptyAddressRecipient = parameters.Get(Parameters.EmptyAddressRecipient),
        EmptyAddressRelayhostKey = parameters.Get(Parameters.EmptyAddressRelayhostMapsLookupKey),
        EmptyAddressTransportKey = parameters.Get(Parameters.EmptyAddressDefaultTransportMapsLookupKey),
        ResolveDequotedAddress = parameters.Get(Parameters.ResolveDequotedAddress),
        AllowMinUser = parameters.Get(Parameters.AllowMinUser),
        ResolveNullDomain = parameters.Get(Parameters.ResolveNullDomain),
        ResolveNumericDomain = parameters.Get(Parameters.ResolveNumericDomain),
        ShowUserUnknownTableName = parameters.Get(Parameters.ShowUserUnknownTableName),
    };
}

/// <summary><c>transport:nexthop</c>; either may be empty in a table's result.</summary>
public readonly record struct Route(string Transport, string Nexthop)
{
    public static Route Parse(string text)
    {
        var colon = text.IndexOf(':');
        return colon < 0 ? new Route(text, "") : new Route(text[..colon], text[(colon + 1)..]);
    }

    public static Route Required(string parameterName, string text) =>
        Parse(text) is { Transport.Length: > 0 } route
            ? route
            : throw new ConfigurationException($"parameter {parameterName}: null transport is not allowed");
}
