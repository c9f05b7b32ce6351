using System.Collections.Frozen;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Hides the hosts below a domain: <c>user@host.example.com</c> becomes <c>user@example.com</c> (masquerade_domains). The first
/// domain that fits decides; <c>!domain</c> fits without changing anything; masquerade_exceptions names users who keep their host.
/// </summary>
public sealed class Masquerade(IReadOnlyList<string> domains, FrozenSet<string> exceptions, AddressRoles roles)
{
    public static Masquerade Load(ParameterSet parameters) => new(
        WordList.Split(parameters.Get(Parameters.MasqueradeDomains)),
        WordList.Split(parameters.Get(Parameters.MasqueradeExceptions)).ToFrozenSet(StringComparer.OrdinalIgnoreCase),
        AddressRolesParser.Parse(Parameters.MasqueradeClasses.Name, parameters.Get(Parameters.MasqueradeClasses)));

    public bool AppliesTo(AddressRoles role) => domains.Count > 0 && (roles & role) != 0;

    public string Apply(string address)
    {
        var at = address.LastIndexOf('@');
        if (at < 0 || exceptions.Contains(address[..at]))
        {
            return address;
        }

        var domain = address.AsSpan(at + 1);
        foreach (var entry in domains)
        {
            var keeps = entry.StartsWith('!');
            var parent = keeps ? entry.AsSpan(1) : entry.AsSpan();
            if (domain.Equals(parent, StringComparison.OrdinalIgnoreCase))
            {
                return address;
            }

            if (domain.Length > parent.Length && domain[domain.Length - parent.Length - 1] == '.'
                && domain.EndsWith(parent, StringComparison.OrdinalIgnoreCase))
            {
                return keeps ? address : string.Concat(address.AsSpan(0, at + 1), parent);
            }
        }

        return address;
    }
}
