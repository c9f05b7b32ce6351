using System.Net.Sockets;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// The order in which addresses are tried: MX preference first; among equals at random (smtp_randomize_addresses) or, when a family is
/// preferred (smtp_address_preference), that family first. With smtp_balance_inet_protocols no family takes all the tries that
/// smtp_mx_address_limit allows.
/// </summary>
internal static class AddressOrder
{
    public static IReadOnlyList<ServerAddress> Arrange(IReadOnlyList<ServerAddress> servers, RoutingSettings settings, Random random)
    {
        if (servers.Count < 2)
        {
            return servers;
        }

        var shuffled = servers.ToArray();
        if (settings.Randomizes)
        {
            random.Shuffle(shuffled);
        }

        // OrderBy is stable: what was shuffled stays shuffled among equals.
        var sorted = shuffled.OrderBy(server => server.Preference)
            .ThenBy(server => settings.PreferredFamily is { } family && server.EndPoint?.AddressFamily != family)
            .ToList();
        return settings.BalancesFamilies && settings.AddressLimit > 1 && sorted.Count > settings.AddressLimit
            ? Balance(sorted, settings.AddressLimit)
            : sorted;
    }

    /// <summary>When only one family is among the first, the best of the other take up to half of the places.</summary>
    private static List<ServerAddress> Balance(List<ServerAddress> sorted, int limit)
    {
        var counts = new Dictionary<AddressFamily, int>();
        foreach (var server in sorted)
        {
            var family = server.EndPoint!.AddressFamily; // only TCP servers come in numbers
            counts[family] = counts.GetValueOrDefault(family) + 1;
        }

        if (counts.Count < 2)
        {
            return sorted;
        }

        // Each family gets half of the places, or all it needs when the other leaves room.
        var smaller = counts.MinBy(entry => entry.Value);
        var smallerShare = Math.Min(smaller.Value, limit / 2);
        var kept = new List<ServerAddress>(limit);
        var used = new Dictionary<AddressFamily, int>();
        foreach (var server in sorted)
        {
            var family = server.EndPoint!.AddressFamily; // as above
            var share = family == smaller.Key ? smallerShare : limit - smallerShare;
            if (used.GetValueOrDefault(family) < share)
            {
                used[family] = used.GetValueOrDefault(family) + 1;
                kept.Add(server);
            }
        }

        return kept;
    }
}
