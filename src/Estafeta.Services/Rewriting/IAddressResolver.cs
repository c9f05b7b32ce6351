namespace Estafeta.Services.Rewriting;

/// <summary>
/// trivial-rewrite(8): rewrites addresses to canonical form and decides address class, transport and next hop. A library,
/// run inside each process that needs it, with the -o options of the <c>rewrite</c> entry of master.cf: no round trip.
/// </summary>
public interface IAddressResolver
{
    /// <summary>Completes an address: myorigin, append_dot_mydomain, swap_bangpath, percent hack, source routes. Internal form in and out.</summary>
    string Rewrite(string address, bool localContext);

    /// <summary>Transport, next hop and class of a rewritten address, for this envelope sender (sender_dependent_…).</summary>
    ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken);
}

public enum AddressClass
{
    /// <summary>$mydestination, $inet_interfaces, $proxy_interfaces.</summary>
    Local,
    VirtualAlias,
    VirtualMailbox,
    Relay,

    /// <summary>Everything else.</summary>
    Default,

    /// <summary>Not an address mail can go to; see <see cref="ResolvedAddress.Error"/>.</summary>
    Invalid,

    /// <summary>A table was in trouble: nobody knows; defer.</summary>
    Trouble,
}

public sealed record ResolvedAddress(AddressClass Class, string Transport, string Nexthop, string Recipient)
{
    /// <summary>For Invalid and Trouble: why.</summary>
    public string? Error { get; init; }

    /// <summary>The address had routing (%, !, @a:b) beyond the final domain; reject_unauth_destination looks at it.</summary>
    public bool IsRouted { get; init; }

    /// <summary>It is in relocated_maps: the error transport says where to.</summary>
    public bool HasMoved { get; init; }
}
