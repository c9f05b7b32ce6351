using System.Diagnostics;
using Estafeta.Tables.Text;

namespace Estafeta.Tables;

/// <summary>
/// What all tables do alike before they look: refuse keys that are not UTF-8 and fold fixed keys, as the flags say.
/// A key that is not UTF-8 is not found, as in Postfix: no table written under the same rule can hold it.
/// </summary>
public abstract class LookupTable : ILookupTable
{
    protected LookupTable(TableRequest request)
    {
        Request = request;
        Name = request.Name;
        Statistics = new TableStatistics(Name);
    }

    public string Name { get; }

    public virtual bool HasFixedKeys => true;

    /// <summary>What this table was asked since it was opened.</summary>
    public TableStatistics Statistics { get; }

    protected TableRequest Request { get; }

    public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (!TryPrepare(ref key))
        {
            Statistics.Record(LookupOutcome.NotFound, started);
            return new ValueTask<LookupResult>(LookupResult.NotFound);
        }

        var pending = FindAsync(key, cancellationToken);
        if (!pending.IsCompletedSuccessfully)
        {
            return RecordAsync(pending, started);
        }

        var result = pending.Result;
        Statistics.Record(result.Outcome, started);
        return new ValueTask<LookupResult>(result);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>Looks for a key that is already checked and folded.</summary>
    protected abstract ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Folds the key; false when no table can hold it.</summary>
    protected bool TryPrepare(ref string key)
    {
        if (Request.Has(TableFlags.Utf8) && !RawText.IsUtf8(key))
        {
            Request.Tables.Warn($"{Name}: non-UTF-8 key \"{key}\": malformed UTF-8 or invalid codepoint");
            return false;
        }

        key = FoldKey(key);
        return true;
    }

    /// <summary>The key as this table stores it.</summary>
    protected string FoldKey(string key) =>
        HasFixedKeys && Request.Has(TableFlags.FoldKeys) ? CaseFolding.Fold(key, Request.Has(TableFlags.Utf8)) : key;

    /// <summary>Turns a stored value into an answer; a value that is not UTF-8 is trouble, not an answer.</summary>
    protected LookupResult Answer(string key, ReadOnlySpan<byte> value)
    {
        var text = RawText.Decode(value);
        return Request.Has(TableFlags.Utf8) && !RawText.IsUtf8(text)
            ? Trouble($"key \"{key}\": non-UTF-8 value \"{text}\": malformed UTF-8 or invalid codepoint")
            : LookupResult.Found(text);
    }

    /// <summary>The same for what a server said: it may not break a line or a protocol later.</summary>
    protected LookupResult AnswerOfServer(string key, ReadOnlySpan<byte> value)
    {
        var result = Answer(key, value);
        return result.IsFound && RawText.HasControl(result.Value) ? Trouble(ControlInResult(key)) : result;
    }

    internal static string ControlInResult(string key) => $"control character in the result for key: '{key}'";

    /// <summary>Logs the reason with the table's name and answers that nobody knows.</summary>
    protected LookupResult Trouble(string reason)
    {
        Request.Tables.Warn($"{Name}: {reason}");
        return LookupResult.Trouble(reason);
    }

    private async ValueTask<LookupResult> RecordAsync(ValueTask<LookupResult> pending, long started)
    {
        var result = await pending;
        Statistics.Record(result.Outcome, started);
        return result;
    }
}
