namespace Estafeta.Tables;

/// <summary>
/// The tables of one parameter (<c>virtual_alias_maps = a:x, b:y</c>), asked in order; the first answer that is not "not found" wins.
/// Looks for the key as it is, which the tables fold themselves. Which keys to try for an address or a domain: <c>Keys/AddressLookup</c>, <c>Keys/DomainLookup</c>.
/// </summary>
public sealed class MapList(string parameterName, IReadOnlyList<ILookupTable> tables)
{
    public static readonly MapList Empty = new("", []);

    public string ParameterName => parameterName;

    public IReadOnlyList<ILookupTable> Tables => tables;

    public bool IsEmpty => tables.Count == 0;

    /// <summary>Where trouble with a key is logged.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken) =>
        LookupAsync(key, fixedKeysOnly: false, cancellationToken);

    /// <param name="key">What to look for; the empty key is in no table.</param>
    /// <param name="fixedKeysOnly">The key is a part of an address: pattern tables, which saw the whole, are passed over.</param>
    public ValueTask<LookupResult> LookupAsync(string key, bool fixedKeysOnly, CancellationToken cancellationToken)
    {
        // Postfix never asks for an empty key: an empty sender must not match static: or /.*/.
        if (key.Length == 0)
        {
            return new ValueTask<LookupResult>(LookupResult.NotFound);
        }

        for (var i = 0; i < tables.Count; i++)
        {
            if (fixedKeysOnly && !tables[i].HasFixedKeys)
            {
                continue;
            }

            var pending = tables[i].LookupAsync(key, cancellationToken);
            if (!pending.IsCompletedSuccessfully)
            {
                return ContinueAsync(pending, i, key, fixedKeysOnly, cancellationToken);
            }

            var result = pending.Result;
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return new ValueTask<LookupResult>(Logged(result, tables[i], key));
            }
        }

        return new ValueTask<LookupResult>(LookupResult.NotFound);
    }

    private async ValueTask<LookupResult> ContinueAsync(
        ValueTask<LookupResult> pending, int index, string key, bool fixedKeysOnly, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await pending;
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return Logged(result, tables[index], key);
            }

            do
            {
                if (++index == tables.Count)
                {
                    return LookupResult.NotFound;
                }
            }
            while (fixedKeysOnly && !tables[index].HasFixedKeys);

            pending = tables[index].LookupAsync(key, cancellationToken);
        }
    }

    private LookupResult Logged(LookupResult result, ILookupTable table, string key)
    {
        if (result.IsTrouble)
        {
            Warn($"{table.Name} lookup error for \"{(key.Length > 100 ? key[..100] : key)}\"");
        }

        return result;
    }
}
