using Estafeta.Mail.Addresses;
using Estafeta.Tables;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// Looks an address up in tables with the key rules of canonical(5) and virtual(5): <c>user+ext@domain</c>, <c>user@domain</c>,
/// <c>user+ext</c> and <c>user</c> for local domains, <c>@domain</c>. Pattern tables (regexp, tcp…) see the whole address only.
/// A quoted local part is tried first as it is written in mail, then without quotes.
/// </summary>
/// <param name="maps">The tables, asked in order for each key.</param>
/// <param name="extensions">How extensions are told apart.</param>
/// <param name="bareDomains">The domains whose users may stand without domain; null: keys are whole addresses only (transport(5)).</param>
public sealed class AddressMap(MapList maps, AddressExtension extensions, LocalDomains? bareDomains)
{
    public bool IsEmpty => maps.IsEmpty;

    /// <summary>Address in internal form. The extension of the answer is what a match without extension left over.</summary>
    public async ValueTask<AddressMatch> FindAsync(string address, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty)
        {
            return AddressMatch.None;
        }

        var external = LocalPart.Quote(address);
        if (!ReferenceEquals(external, address))
        {
            var quoted = await FindKeysAsync(external, cancellationToken);
            if (quoted.Result.Outcome != LookupOutcome.NotFound)
            {
                return quoted;
            }
        }

        return await FindKeysAsync(address, cancellationToken);
    }

    private async ValueTask<AddressMatch> FindKeysAsync(string address, CancellationToken cancellationToken)
    {
        var result = await LookupAsync(address, false, cancellationToken);
        if (result.Outcome != LookupOutcome.NotFound)
        {
            return new AddressMatch(result, "");
        }

        var hasExtension = extensions.TryStrip(address, out var stripped, out var extension);
        if (hasExtension && (result = await LookupAsync(stripped, true, cancellationToken)).Outcome != LookupOutcome.NotFound)
        {
            return new AddressMatch(result, extension);
        }

        var at = address.LastIndexOf('@');
        if (at < 0 || bareDomains == null)
        {
            return AddressMatch.None;
        }

        var domain = address[(at + 1)..];
        var local = await bareDomains.IsBareAsync(domain, cancellationToken);
        if (local.IsTrouble)
        {
            return new AddressMatch(local, "");
        }

        if (local.IsFound)
        {
            if ((result = await LookupAsync(address[..at], true, cancellationToken)).Outcome != LookupOutcome.NotFound)
            {
                return new AddressMatch(result, "");
            }

            if (hasExtension
                && (result = await LookupAsync(stripped[..^(domain.Length + 1)], true, cancellationToken)).Outcome != LookupOutcome.NotFound)
            {
                return new AddressMatch(result, extension);
            }
        }

        return new AddressMatch(await LookupAsync(address[at..], true, cancellationToken), "");
    }

    private async ValueTask<LookupResult> LookupAsync(string key, bool isPartial, CancellationToken cancellationToken)
    {
        foreach (var table in maps.Tables)
        {
            if (isPartial && !table.HasFixedKeys)
            {
                continue;
            }

            var result = await table.LookupAsync(table.HasFixedKeys ? key.ToLowerInvariant() : key, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result;
            }
        }

        return LookupResult.NotFound;
    }
}

/// <param name="Extension">Delimiter and extension that took no part in the match; empty when all of the address matched.</param>
public readonly record struct AddressMatch(LookupResult Result, string Extension)
{
    public static readonly AddressMatch None = new(LookupResult.NotFound, "");
}
