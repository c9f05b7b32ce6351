using System.Text;

namespace Estafeta.Tables.Combined;

/// <summary><c>unionmap:{ type:name, … }</c>: the answers of all tables that know the key, with commas between them. Trouble in one is trouble.</summary>
internal sealed class UnionTable : LookupTable
{
    private readonly ILookupTable[] _tables;

    private UnionTable(TableRequest request, ILookupTable[] tables)
        : base(request) => _tables = tables;

    // As in Postfix the first table speaks for all.
    public override bool HasFixedKeys => _tables[0].HasFixedKeys;

    public static ILookupTable Open(TableRequest request) => new UnionTable(request, InnerTables.Open(request));

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        StringBuilder? all = null;
        foreach (var table in _tables)
        {
            var result = await table.LookupAsync(key, cancellationToken);
            if (result.IsTrouble)
            {
                return result;
            }

            if (result.IsFound)
            {
                all = all == null ? new StringBuilder(result.Value) : all.Append(',').Append(result.Value);
            }
        }

        return all == null ? LookupResult.NotFound : LookupResult.Found(all.ToString());
    }
}
