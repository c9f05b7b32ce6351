using Estafeta.Configuration.Lists;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Sources;

/// <summary>
/// The <c>domain</c> setting of ldap, SQL and memcache tables: only keys <c>user@domain</c> with a non-empty user and a domain in the list are asked of the
/// server. Items are names, files, or <c>type:table</c>; <c>!</c> excludes.
/// </summary>
public sealed class DomainFilter
{
    private const int DeepestFiles = 10;

    private readonly List<Item> _items = [];

    private DomainFilter()
    {
    }

    /// <summary>Null without the setting: everything is asked.</summary>
    public static DomainFilter? Load(TableParameters parameters, TableRequest request)
    {
        if (parameters.Find("domain") is not { Length: > 0 } list)
        {
            return null;
        }

        var filter = new DomainFilter();
        filter.Add(list, request, 0);
        return filter;
    }

    /// <summary>Found: ask; not found: do not; trouble: a table of the list is in trouble.</summary>
    public async ValueTask<LookupResult> MatchAsync(string key, CancellationToken cancellationToken)
    {
        var at = key.LastIndexOf('@');
        if (at < 1 || at + 1 == key.Length)
        {
            return LookupResult.NotFound;
        }

        var domain = key[(at + 1)..];
        foreach (var item in _items)
        {
            var result = item.Table != null
                ? await item.Table.LookupAsync(domain, cancellationToken)
                : string.Equals(item.Text, domain, StringComparison.OrdinalIgnoreCase) ? LookupResult.Found("") : LookupResult.NotFound;
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result.IsFound && item.IsExcluded ? LookupResult.NotFound : result;
            }
        }

        return LookupResult.NotFound;
    }

    private void Add(string list, TableRequest request, int depth)
    {
        if (depth > DeepestFiles)
        {
            throw new TableUnavailableException($"{request.Name}: domain: files nested too deeply: {list}");
        }

        foreach (var word in WordList.Split(list))
        {
            var isExcluded = word.StartsWith('!');
            var text = isExcluded ? word[1..] : word;
            if (text.StartsWith('/'))
            {
                var lines = RawText.Decode(TableFile.ReadAll(text)).Split('\n');
                Add(string.Join('\n', lines.Where(static l => !l.StartsWith('#'))), request, depth + 1);
            }
            else
            {
                _items.Add(new Item(text, isExcluded, text.Contains(':') ? request.Tables.Open(text) : null));
            }
        }
    }

    private readonly record struct Item(string Text, bool IsExcluded, ILookupTable? Table);
}
