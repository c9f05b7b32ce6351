using System.Collections.Concurrent;
using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dkim.Signing;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Signatures;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup.Signing;

/// <summary>
/// estafeta_dkim_key_table. Keys of a file are read at start and reload; those of lookup tables, and of files that are named after the author, when they
/// are first needed. All are read as mail_owner, and kept until reload.
/// </summary>
internal sealed class SigningKeys
{
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SignatureKey> _keys = new(StringComparer.Ordinal);
    private readonly MapList? _tables;
    private readonly string _missing;

    private SigningKeys(MapList? tables, string missing = "no such key")
    {
        _tables = tables;
        _missing = missing;
    }

    public static SigningKeys Open(ParameterSet parameters, TableSet tables, Action<string> warn)
    {
        var parameter = Parameters.EstafetaDkimKeyTable;
        var value = parameters.Get(parameter);
        if (SigningFile.PathOf(value) is not { } path)
        {
            return new SigningKeys(tables.OpenList(parameter.Name, value));
        }

        if (SigningFile.ReadLines(path, out var trouble) is not { } lines)
        {
            warn($"{parameter.Name}: {trouble}; mail that should be signed will be deferred");
            return new SigningKeys(null, "the key table cannot be read");
        }

        var keys = new SigningKeys(null);
        foreach (var (name, entry) in KeyFile.ReadPairs(lines))
        {
            keys._entries[name] = entry;
            if (KeyEntry.Parse(entry) is not { HasFileForEachAuthor: true } && keys.Open(entry, "", out var problem) == null)
            {
                warn($"{path}: {name}: {problem}; mail that it should sign will be deferred");
            }
        }

        return keys;
    }

    /// <summary>Null where <paramref name="name"/> cannot be used: the problem says why.</summary>
    public async ValueTask<(DkimSigner? Signer, string Problem)> FindAsync(string name, string authorDomain, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(name, out var entry) && _tables != null)
        {
            var result = await _tables.LookupAsync(name, cancellationToken);
            if (result.IsTrouble)
            {
                return (null, "the table could not be asked");
            }

            entry = result.Value;
        }

        return entry == null ? (null, _missing) : (Open(entry, authorDomain, out var problem), problem);
    }

    private DkimSigner? Open(string text, string authorDomain, out string problem)
    {
        problem = "";
        if (KeyEntry.Parse(text) is not { } entry)
        {
            problem = "malformed entry, not domain:selector:key";
            return null;
        }

        var source = entry.SourceFor(authorDomain);
        try
        {
            return new DkimSigner(entry.DomainFor(authorDomain), entry.Selector, _keys.GetOrAdd(source, static (s, e) => e.Open(s), entry));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            problem = e.Message;
            return null;
        }
    }
}
