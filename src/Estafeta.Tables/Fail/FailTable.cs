namespace Estafeta.Tables.Fail;

/// <summary><c>fail:any</c>: every look-up is trouble, so that the handling of trouble can be tried.</summary>
internal sealed class FailTable : LookupTable
{
    private FailTable(TableRequest request)
        : base(request)
    {
    }

    public static ILookupTable Open(TableRequest request) => new FailTable(request);

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(LookupResult.Trouble("Application error"));
}
