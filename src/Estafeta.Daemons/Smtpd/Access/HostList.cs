using System.Net;
using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// A list of clients (mynetworks, smtpd_authorized_xclient_hosts…): networks, addresses, host names, <c>.parents</c>, <c>!exceptions</c>,
/// <c>/files</c> and <c>type:tables</c>. The first pattern that matches decides.
/// </summary>
internal sealed class HostList
{
    private readonly List<(bool Negated, IPNetwork? Network, string? Name, MapList? Table)> _patterns = [];

    public bool IsEmpty => _patterns.Count == 0;

    public static HostList Open(string parameterName, string value, TableSet tables)
    {
        var list = new HostList();
        list.Add(parameterName, value, tables, 0);
        return list;
    }

    /// <summary>Null when a table could not say.</summary>
    public async ValueTask<bool?> MatchAsync(string name, IPAddress? address, CancellationToken cancellationToken)
    {
        foreach (var pattern in _patterns)
        {
            var matches = pattern.Network is { } network ? address != null && network.Contains(address)
                : pattern.Name != null ? MatchesName(pattern.Name, name)
                : await LookupAsync(pattern.Table!, name, address, cancellationToken); // one of the three is set
            if (matches != false)
            {
                return matches == null ? null : !pattern.Negated;
            }
        }

        return false;
    }

    private static bool MatchesName(string pattern, string name) =>
        name.Equals(pattern, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith('.') && name.EndsWith(pattern, StringComparison.OrdinalIgnoreCase));

    private static async ValueTask<bool?> LookupAsync(MapList table, string name, IPAddress? address, CancellationToken cancellationToken)
    {
        foreach (var key in (string[])[name, address?.ToString() ?? ""])
        {
            if (key.Length > 0 && await table.LookupAsync(key.ToLowerInvariant(), cancellationToken) is var result && result.Outcome != LookupOutcome.NotFound)
            {
                return result.IsTrouble ? null : true;
            }
        }

        return false;
    }

    private void Add(string parameterName, string value, TableSet tables, int depth)
    {
        if (depth > 10)
        {
            throw new ConfigurationException($"{parameterName}: files nested too deeply: {value}");
        }

        var words = new RestrictionWords(value);
        while (words.TryRead(out var word))
        {
            var negated = word.StartsWith('!');
            var text = word.TrimStart('!');
            if (text.StartsWith('/'))
            {
                Add(parameterName, string.Join(' ', File.ReadLines(text).Where(l => !l.StartsWith('#'))), tables, depth + 1);
            }
            else if (TryParseNetwork(text, out var network))
            {
                _patterns.Add((negated, network, null, null));
            }
            else if (text.Contains(':', StringComparison.Ordinal))
            {
                _patterns.Add((negated, null, null, tables.OpenList(parameterName, text)));
            }
            else
            {
                _patterns.Add((negated, null, text, null));
            }
        }
    }

    // 192.0.2.0/24, 192.0.2.1, [2001:db8::]/32, [::1], 2001:db8::/32.
    private static bool TryParseNetwork(string text, out IPNetwork network)
    {
        var plain = text.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        if (plain.Contains('/') ? IPNetwork.TryParse(plain, out network) : IPAddress.TryParse(plain, out var single) && Whole(single, out network))
        {
            return true;
        }

        network = default;
        return false;
    }

    private static bool Whole(IPAddress address, out IPNetwork network)
    {
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
