using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// virtual_alias_maps: one recipient becomes many, over and over until nothing more is found. An address that is among its own
/// results is final. A loop through several addresses runs into virtual_alias_recursion_limit, as in Postfix.
/// </summary>
public sealed class AliasExpander(CleanupTables tables, CleanupSettings settings, AddressRewriter rewriter, IMailLog log)
{
    private const string MapName = "virtual_alias_maps";
    private const string ExpansionError = "4.6.0 Alias expansion error";

    public bool IsEnabled => !tables.VirtualAlias.IsEmpty;

    /// <summary>The final addresses, the first results first; null when the message is refused, for the reason in the verdict.</summary>
    internal async ValueTask<List<string>?> ExpandAsync(
        string address, string queueId, CleanupVerdict verdict, CancellationToken cancellationToken)
    {
        var addresses = new List<string> { address };
        HashSet<string>? final = null;
        for (var i = 0; i < addresses.Count; i++)
        {
            for (var nesting = 0; final == null || !final.Contains(addresses[i]); nesting++)
            {
                if (nesting >= settings.VirtualAliasRecursionLimit)
                {
                    return Refuse(verdict, CleanupOutcome.Temporary, $"{queueId}: unreasonable {MapName} map nesting for {address}");
                }

                var match = await tables.VirtualAlias.FindAsync(addresses[i], cancellationToken);
                if (match.Result.IsTrouble)
                {
                    return Refuse(verdict, CleanupOutcome.WriteError, $"{queueId}: {MapName} map lookup problem for {address}");
                }

                if (!match.Result.IsFound)
                {
                    break;
                }

                var results = MappedAddresses.Parse(match.Result.Value!, addresses[i], match.Extension, settings.PropagatesVirtualExtension, rewriter);
                if (results.Count == 0)
                {
                    break;
                }

                if (results.Find(r => r.Length > settings.VirtualAliasAddressLengthLimit) is { } tooLong)
                {
                    var beginning = tooLong[..Math.Min(tooLong.Length, 300)];
                    return Refuse(verdict, CleanupOutcome.Temporary, $"{queueId}: unreasonable {MapName} result {beginning}...");
                }

                if (results.Contains(addresses[i], StringComparer.OrdinalIgnoreCase))
                {
                    final ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                    final.Add(addresses[i]);
                }

                addresses[i] = results[0];
                addresses.AddRange(results.Skip(1));
                if (addresses.Count > settings.VirtualAliasExpansionLimit)
                {
                    return Refuse(verdict, CleanupOutcome.Temporary, $"{queueId}: unreasonable {MapName} map expansion size for {address}");
                }
            }
        }

        return addresses;
    }

    private List<string>? Refuse(CleanupVerdict verdict, CleanupOutcome outcome, string problem)
    {
        log.Warning(problem + " -- message not accepted, try again later");
        verdict.Refuse(outcome, ExpansionError);
        return null;
    }
}
