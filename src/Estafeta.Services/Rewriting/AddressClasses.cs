using System.Collections.Concurrent;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// Which address class a domain that is not local belongs to (ADDRESS_CLASS_README): virtual alias, virtual mailbox, relay, default.
/// A domain listed twice is a mistake of the administrator, said once in the log; the first class wins.
/// </summary>
public sealed class AddressClasses(DomainList virtualAlias, DomainList virtualMailbox, DomainList relay, Action<string> warn)
{
    private const int MaximumWarnings = 1000;
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.OrdinalIgnoreCase);

    /// <returns>The class, and the table's reason when it is <see cref="AddressClass.Trouble"/>.</returns>
    public async ValueTask<(AddressClass Class, string? Trouble)> ClassifyAsync(string domain, CancellationToken cancellationToken)
    {
        var result = await virtualAlias.MatchAsync(domain, cancellationToken);
        if (result.Outcome != LookupOutcome.NotFound)
        {
            return result.IsTrouble ? Trouble("virtual_alias_domains", result) : (await WarnAsync(domain, cancellationToken), null);
        }

        result = await virtualMailbox.MatchAsync(domain, cancellationToken);
        if (result.Outcome != LookupOutcome.NotFound)
        {
            return result.IsTrouble ? Trouble("virtual_mailbox_domains", result) : (AddressClass.VirtualMailbox, null);
        }

        result = await relay.MatchAsync(domain, cancellationToken);
        return result.Outcome switch
        {
            LookupOutcome.Trouble => Trouble("relay_domains", result),
            LookupOutcome.Found => (AddressClass.Relay, null),
            _ => (AddressClass.Default, null),
        };
    }

    /// <summary>For a local domain: nothing else may claim it.</summary>
    public async ValueTask CheckLocalAsync(string domain, CancellationToken cancellationToken)
    {
        if (!_warned.ContainsKey(domain))
        {
            await WarnWhenListedAsync(domain, "mydestination", "virtual_alias_domains", virtualAlias, cancellationToken);
            await WarnWhenListedAsync(domain, "mydestination", "virtual_mailbox_domains", virtualMailbox, cancellationToken);
        }
    }

    private async ValueTask<AddressClass> WarnAsync(string domain, CancellationToken cancellationToken)
    {
        await WarnWhenListedAsync(domain, "virtual_alias_domains", "virtual_mailbox_domains", virtualMailbox, cancellationToken);
        return AddressClass.VirtualAlias;
    }

    private async ValueTask WarnWhenListedAsync(string domain, string first, string second, DomainList list, CancellationToken cancellationToken)
    {
        if ((await list.MatchAsync(domain, cancellationToken)).IsFound && _warned.Count < MaximumWarnings && _warned.TryAdd(domain, true))
        {
            warn($"do not list domain {domain} in BOTH {first} and {second}");
        }
    }

    private (AddressClass Class, string? Trouble) Trouble(string parameterName, LookupResult result)
    {
        warn($"{parameterName} lookup failure");
        return (AddressClass.Trouble, result.Value);
    }
}
