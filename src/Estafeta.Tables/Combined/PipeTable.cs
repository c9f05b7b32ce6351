namespace Estafeta.Tables.Combined;

/// <summary><c>pipemap:{ type:name, … }</c>: each table's answer is the next one's key; one that does not know ends it.</summary>
internal sealed class PipeTable : LookupTable
{
    private readonly ILookupTable[] _tables;

    private PipeTable(TableRequest request, ILookupTable[] tables)
        : base(request) => _tables = tables;

    // As in Postfix the first table speaks for all.
    public override bool HasFixedKeys => _tables[0].HasFixedKeys;

    public static ILookupTable Open(TableRequest request) => new PipeTable(request, InnerTables.Open(request));

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var result = LookupResult.Found(key);
        foreach (var table in _tables)
        {
            result = await table.LookupAsync(result.Value!, cancellationToken); // Found: has a value
            if (!result.IsFound)
            {
                break;
            }
        }

        return result;
    }
}
