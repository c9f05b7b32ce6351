namespace Estafeta.Tables;

/// <summary>Stands in for a table that could not be opened: every look-up is trouble and says why, so that mail waits instead of bouncing.</summary>
internal sealed class UnavailableTable(TableRequest request, string reason) : LookupTable(request)
{
    public string Reason => reason;

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        Request.Tables.Warn($"{Name} is unavailable. {reason}");
        return new ValueTask<LookupResult>(LookupResult.Trouble(reason));
    }
}
