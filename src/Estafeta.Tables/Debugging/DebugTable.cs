using System.Runtime.CompilerServices;

namespace Estafeta.Tables.Debugging;

/// <summary><c>debug:type:name</c>: the table, with every access in the log. It can do what the table can.</summary>
internal class DebugTable : ILookupTable
{
    private readonly ILookupTable _inner;
    private readonly Action<string> _inform;

    private DebugTable(TableRequest request, ILookupTable inner)
    {
        _inner = inner;
        _inform = request.Tables.Inform;
        Name = request.Name;
    }

    public string Name { get; }

    public bool HasFixedKeys => _inner.HasFixedKeys;

    public static ILookupTable Open(TableRequest request) => request.Tables.Open(request.Source, request.Flags) switch
    {
        IUpdatableTable inner => new Updatable(request, inner),
        IListableTable inner => new Listable(request, (ILookupTable)inner, inner),
        var inner => new DebugTable(request, inner),
    };

    public async ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        var result = await _inner.LookupAsync(key, cancellationToken);
        Tell("lookup", key, result.Outcome switch
        {
            LookupOutcome.Found => $"\"{result.Value}\"",
            LookupOutcome.NotFound => "not found",
            _ => $"error: {result.Value}",
        });
        return result;
    }

    // The table belongs to its set.
    public ValueTask DisposeAsync() => default;

    private void Tell(string operation, string key, string result) => _inform($"{_inner.Name} {operation}: \"{key}\" = {result}");

    private class Listable(TableRequest request, ILookupTable inner, IListableTable listed) : DebugTable(request, inner), IListableTable
    {
        public async IAsyncEnumerable<KeyValuePair<string, string>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var entry in listed.ListAsync(cancellationToken))
            {
                Tell("sequence", entry.Key, $"\"{entry.Value}\"");
                yield return entry;
            }
        }
    }

    private sealed class Updatable(TableRequest request, IUpdatableTable inner) : Listable(request, inner, inner), IUpdatableTable
    {
        private readonly IUpdatableTable _updated = inner;

        public async ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken)
        {
            var isDone = await _updated.UpdateAsync(key, value, cancellationToken);
            Tell("update", key, isDone ? $"\"{value}\"" : "error");
            return isDone;
        }

        public async ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken)
        {
            var isDone = await _updated.DeleteAsync(key, cancellationToken);
            Tell("delete", key, isDone ? "deleted" : "error");
            return isDone;
        }
    }
}
