namespace Estafeta.Tables.Debugging;

/// <summary><c>debug:type:name</c>: the table, with every access in the log.</summary>
internal sealed class DebugTable : ILookupTable
{
    private readonly ILookupTable _inner;
    private readonly Action<string> _inform;

    private DebugTable(TableRequest request)
    {
        _inner = request.Tables.Open(request.Source, request.Flags);
        _inform = request.Tables.Inform;
        Name = request.Name;
    }

    public string Name { get; }

    public bool HasFixedKeys => _inner.HasFixedKeys;

    public static ILookupTable Open(TableRequest request) => new DebugTable(request);

    public async ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        var result = await _inner.LookupAsync(key, cancellationToken);
        _inform($"{_inner.Name} lookup: \"{key}\" = " + result.Outcome switch
        {
            LookupOutcome.Found => $"\"{result.Value}\"",
            LookupOutcome.NotFound => "not found",
            _ => $"error: {result.Value}",
        });
        return result;
    }

    // The table belongs to its set.
    public ValueTask DisposeAsync() => default;
}
