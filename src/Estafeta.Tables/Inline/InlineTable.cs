using Estafeta.Configuration.Lists;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Inline;

/// <summary><c>inline:{ key=value, { key = text with spaces or comma } }</c>: a table written in the configuration itself.</summary>
internal sealed class InlineTable : LookupTable, IListableTable
{
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);

    private InlineTable(TableRequest request)
        : base(request)
    {
    }

    public static ILookupTable Open(TableRequest request)
    {
        if (!BracedList.TryUnwrap(request.Source, out var inner, out _) || inner.Length == 0 || !request.Source.EndsWith('}'))
        {
            throw new TableUnavailableException($"bad syntax: \"{request.Name}\"; need \"inline:{{name=value...}}\"");
        }

        var table = new InlineTable(request);
        foreach (var item in WordList.Split(inner))
        {
            table.Add(item);
        }

        return table;
    }

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => _entries.ToAsyncEnumerable();

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(_entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.NotFound);

    private void Add(string item)
    {
        if (!BracedList.TrySplitAssignment(item, out var key, out var value, out var error))
        {
            throw new TableUnavailableException($"{error}: \"{Name}\"; need \"inline:{{name=value...}}\"");
        }

        _entries[FoldKey(key)] = Request.Has(TableFlags.ValueIsFile) ? FileContent.Encode(value) : value;
    }
}
