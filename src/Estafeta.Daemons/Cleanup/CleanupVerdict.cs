using Estafeta.Services.Cleaning;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>What has gone wrong with a message so far. The first problem stays; more content is taken and thrown away.</summary>
internal sealed class CleanupVerdict
{
    public CleanupResult Result { get; private set; } = CleanupResult.Ok;

    public bool IsOk => Result.Outcome == CleanupOutcome.Ok;

    /// <summary>Trying again would not help.</summary>
    public bool IsForGood => Result.Outcome is CleanupOutcome.Rejected or CleanupOutcome.TooBig or CleanupOutcome.TooManyHops;

    /// <summary>A REJECT action with its text, which may lack an enhanced status code. Returns it complete.</summary>
    public string RefuseContent(string text, IMailLog log)
    {
        var (complete, isPermanent) = RejectText.Complete(text, log.Warning);
        Refuse(isPermanent ? CleanupOutcome.Rejected : CleanupOutcome.Temporary, complete);
        return complete;
    }

    /// <summary>A table of content checks is in trouble: nobody knows what it would have said.</summary>
    public void RefuseUnchecked(string tableName, string queueId, IMailLog log)
    {
        log.Warning($"{queueId}: {tableName} map lookup problem -- message not accepted, try again later");
        Refuse(CleanupOutcome.WriteError);
    }

    public void Refuse(CleanupOutcome outcome, string text = "")
    {
        if (IsOk)
        {
            Result = new CleanupResult(outcome, text);
        }
    }
}
