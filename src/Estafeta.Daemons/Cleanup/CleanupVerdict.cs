using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Cleanup;

/// <summary>What has gone wrong with a message so far. The first problem stays; more content is taken and thrown away.</summary>
internal sealed class CleanupVerdict
{
    public CleanupResult Result { get; private set; } = CleanupResult.Ok;

    public bool IsOk => Result.Outcome == CleanupOutcome.Ok;

    /// <summary>Trying again would not help.</summary>
    public bool IsForGood => Result.Outcome is CleanupOutcome.Rejected or CleanupOutcome.TooBig or CleanupOutcome.TooManyHops;

    public void Refuse(CleanupOutcome outcome, string text = "")
    {
        if (IsOk)
        {
            Result = new CleanupResult(outcome, text);
        }
    }
}
