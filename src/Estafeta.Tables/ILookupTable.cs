namespace Estafeta.Tables;

/// <summary>
/// A lookup table, <c>type:name</c> in the configuration. One folder per type. Thread-safe; never throws for trouble with its source:
/// a table that cannot answer answers <see cref="LookupOutcome.Trouble"/>, so that trouble never looks like "not found".
/// </summary>
public interface ILookupTable : IAsyncDisposable
{
    /// <summary><c>type:name</c> as in the configuration, for logs.</summary>
    string Name { get; }

    /// <summary>False for tables that match patterns (regexp, pcre, cidr…): they see whole addresses and are not asked for parts.</summary>
    bool HasFixedKeys { get; }

    /// <summary>One exact look-up of the key as given. Case folding and key variants are the caller's: see <see cref="MapList"/>.</summary>
    ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken);
}
