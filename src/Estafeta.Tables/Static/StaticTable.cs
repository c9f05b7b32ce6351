using Estafeta.Configuration.Lists;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Static;

/// <summary><c>static:value</c>, <c>static:{ value with spaces }</c>: the same answer for every key.</summary>
internal sealed class StaticTable : LookupTable
{
    private readonly LookupResult _answer;

    private StaticTable(TableRequest request, string value)
        : base(request) => _answer = LookupResult.Found(value);

    public static ILookupTable Open(TableRequest request)
    {
        var value = request.Source;
        if (value.StartsWith('{') && !BracedList.TryUnwrap(request.Source, out value, out var error))
        {
            throw new TableUnavailableException($"bad static:name syntax: {error} in \"{request.Source}\"");
        }

        return new StaticTable(request, request.Has(TableFlags.ValueIsFile) ? FileContent.Encode(value) : value);
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => new(_answer);
}
