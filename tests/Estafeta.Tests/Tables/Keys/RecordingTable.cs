using Estafeta.Tables;

namespace Estafeta.Tests.Tables.Keys;

/// <summary>Remembers which keys it was asked for, and knows the ones it is given.</summary>
internal sealed class RecordingTable(bool hasFixedKeys = true) : ILookupTable
{
    private readonly List<string> _asked = [];

    public string Name => "recording:x";

    public bool HasFixedKeys => hasFixedKeys;

    public string? Known { get; init; }

    public string Asked => string.Join(' ', _asked);

    public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        _asked.Add(key);
        return new(key == Known ? LookupResult.Found("value") : LookupResult.NotFound);
    }

    public ValueTask DisposeAsync() => default;
}
