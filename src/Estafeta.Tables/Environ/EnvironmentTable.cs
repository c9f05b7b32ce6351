namespace Estafeta.Tables.Environ;

/// <summary><c>environ:any</c>: the process's environment. For tests, as in Postfix.</summary>
internal sealed class EnvironmentTable : LookupTable
{
    private EnvironmentTable(TableRequest request)
        : base(request)
    {
    }

    public static ILookupTable Open(TableRequest request) => new EnvironmentTable(request);

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(key.Length > 0 && !key.Contains('=') && Environment.GetEnvironmentVariable(key) is { } value
            ? LookupResult.Found(value)
            : LookupResult.NotFound);
}
