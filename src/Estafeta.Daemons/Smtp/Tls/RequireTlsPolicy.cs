using Estafeta.Configuration;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Addresses;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>How seriously REQUIRETLS is taken at a server (smtp_requiretls_policy).</summary>
internal enum RequireTlsMode
{
    /// <summary>As if the message did not ask.</summary>
    Disable,

    /// <summary>Pass the demand on where it is understood.</summary>
    Opportunistic,

    /// <summary>The same, and not without TLS.</summary>
    OpportunisticStartTls,

    /// <summary>A server found securely, with a verified certificate, that announces REQUIRETLS; or no delivery (RFC 8689 §4.2.1).</summary>
    Enforce,
}

/// <summary>
/// smtp_requiretls_policy, lmtp_requiretls_policy: tables by server name (and its parents, <c>.example.com</c>) and plain words, the first that
/// fits counting.
/// </summary>
internal sealed class RequireTlsPolicy
{
    private readonly List<(MapList? Table, RequireTlsMode Mode)> _items = [];
    public static RequireTlsPolicy Open(string name, string value, TableSet tables)
    {
        var policy = new RequireTlsPolicy();
        foreach (var word in WordList.Split(value))
        {
            policy._items.Add(
                Find(word) is { } mode ? (null, mode)
                : word.Contains(':', StringComparison.Ordinal) ? (tables.OpenList(name, word), default)
                : throw new ConfigurationException($"{name}: unknown REQUIRETLS policy \"{word}\""));
        }

        return policy;
    }

    /// <summary>Null when a table is in trouble, or says something unknown.</summary>
    public async ValueTask<RequireTlsMode?> FindAsync(string host, CancellationToken cancellationToken)
    {
        foreach (var (table, mode) in _items)
        {
            if (table == null)
            {
                return mode;
            }

            for (var key = host.ToLowerInvariant(); key.Length > 0; key = Parent(key))
            {
                var found = await table.LookupAsync(key, cancellationToken);
                if (found.IsTrouble)
                {
                    return null;
                }

                if (found.IsFound)
                {
                    return Find(found.Value ?? "");
                }
            }
        }

        return RequireTlsMode.Enforce;
    }

    // An address has no parents.
    private static string Parent(string key)
    {
        var isAddress = DomainName.TryParseIPv4(key, out _) || DomainName.TryParseIPv6(key, out _);
        var dot = isAddress ? -1 : key.IndexOf('.', 1);
        return dot < 0 ? "" : key[dot..];
    }

    private static RequireTlsMode? Find(string word) => word.Trim().ToLowerInvariant() switch
    {
        "disable" => RequireTlsMode.Disable,
        "opportunistic" => RequireTlsMode.Opportunistic,
        "opportunistic+starttls" => RequireTlsMode.OpportunisticStartTls,
        "enforce" => RequireTlsMode.Enforce,
        _ => null,
    };
}
