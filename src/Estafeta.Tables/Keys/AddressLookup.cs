using Estafeta.Mail.Addresses;

namespace Estafeta.Tables.Keys;

/// <summary>
/// The one place that knows which keys an address has in tables. Each key is asked of all tables before the next is tried, first with the local part
/// quoted as in mail (<c>"a b"@example.com</c>), then, when that differs, without quotes. Pattern tables see the whole address only.
/// Thread-safe. Used by cleanup, rewrite, smtpd, smtp, local, virtual.
/// </summary>
/// <param name="maps">The tables of the parameter.</param>
/// <param name="extensions">How extensions are told apart (recipient_delimiter); <see cref="AddressExtension.None"/> when they are not.</param>
/// <param name="forms">The keys to try.</param>
public sealed class AddressLookup(MapList maps, AddressExtension extensions, AddressForms forms = AddressForms.Mapping)
{
    private DomainLookup? _domains;

    public bool IsEmpty => maps.IsEmpty;

    /// <summary>The parameter the tables are from.</summary>
    public string ParameterName => maps.ParameterName;

    /// <summary>
    /// Says whether users of a domain may stand in the table without it: <c>$myorigin</c> and local domains. Trouble there is trouble with the look-up.
    /// Needed for <see cref="AddressForms.LocalPartIfLocal"/>; unset: never.
    /// </summary>
    public Func<string, CancellationToken, ValueTask<LookupResult>>? IsLocalDomain { get; init; }

    /// <summary>For <see cref="AddressForms.Domain"/>: see <see cref="DomainLookup"/>.</summary>
    public bool ParentMatchesSubdomains { get; init; }

    /// <param name="address">In internal form, with or without a domain. The empty address is in no table.</param>
    public async ValueTask<AddressMatch> FindAsync(string address, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty || address.Length == 0)
        {
            return AddressMatch.None;
        }

        var at = address.LastIndexOf('@');
        var domain = at < 0 ? "" : address[(at + 1)..];
        var stripped = extensions.TryStrip(address, out var bare, out var extension) ? bare : null;

        var match = await FindWholeAsync(address, stripped, extension, cancellationToken);
        if (match.IsSettled || at < 0)
        {
            return match;
        }

        if (Has(AddressForms.LocalPartIfLocal) && IsLocalDomain != null)
        {
            match = await FindLocalPartAsync(address[..at], stripped?[..^(domain.Length + 1)], extension, domain, cancellationToken);
            if (match.IsSettled)
            {
                return match;
            }
        }

        return await FindDomainOrUserAsync(address[..at], stripped?[..^(domain.Length + 1)], extension, domain, cancellationToken);
    }

    private async ValueTask<AddressMatch> FindWholeAsync(string address, string? stripped, string extension, CancellationToken cancellationToken)
    {
        if (Has(AddressForms.Whole) && await AskAsync(address, "", false, cancellationToken) is { IsSettled: true } whole)
        {
            return Match(whole, "");
        }

        return Has(AddressForms.WithoutExtension) && stripped != null
            ? Match(await AskAsync(stripped, "", true, cancellationToken), extension)
            : AddressMatch.None;
    }

    private async ValueTask<AddressMatch> FindLocalPartAsync(
        string localPart, string? strippedPart, string extension, string domain, CancellationToken cancellationToken)
    {
        var local = await IsLocalDomain!(domain, cancellationToken); // checked by the caller
        if (!local.IsFound)
        {
            return new AddressMatch(local, "", "");
        }

        var result = await AskAsync(localPart, "", true, cancellationToken);
        return result.IsSettled || strippedPart == null
            ? Match(result, "")
            : Match(await AskAsync(strippedPart, "", true, cancellationToken), extension);
    }

    private async ValueTask<AddressMatch> FindDomainOrUserAsync(
        string localPart, string? strippedPart, string extension, string domain, CancellationToken cancellationToken)
    {
        var result = KeyMatch.None;
        if (Has(AddressForms.Domain))
        {
            _domains ??= new DomainLookup(maps, ParentMatchesSubdomains) { FixedKeysOnly = true };
            result = await _domains.FindAsync(domain, cancellationToken);
        }

        if (!result.IsSettled && Has(AddressForms.LocalPartAt))
        {
            result = await AskAsync(localPart, "@", true, cancellationToken);
            if (!result.IsSettled && strippedPart != null && await AskAsync(strippedPart, "@", true, cancellationToken) is { IsSettled: true } user)
            {
                return Match(user, extension);
            }
        }

        if (!result.IsSettled && Has(AddressForms.AtDomain))
        {
            var key = "@" + domain;
            result = new KeyMatch(await maps.LookupAsync(key, fixedKeysOnly: true, cancellationToken), key);
        }

        return Match(result, "");
    }

    private static AddressMatch Match(KeyMatch match, string extension) => new(match.Result, extension, match.IsSettled ? match.Key : "");

    // The key as written in mail, then as it is inside.
    private async ValueTask<KeyMatch> AskAsync(string key, string suffix, bool isPart, CancellationToken cancellationToken)
    {
        var quoted = LocalPart.Quote(key);
        var asked = quoted + suffix;
        var result = await maps.LookupAsync(asked, isPart, cancellationToken);
        if (result.Outcome == LookupOutcome.NotFound && !ReferenceEquals(quoted, key))
        {
            asked = key + suffix;
            result = await maps.LookupAsync(asked, isPart, cancellationToken);
        }

        return new KeyMatch(result, asked);
    }

    private bool Has(AddressForms form) => (forms & form) != 0;
}
