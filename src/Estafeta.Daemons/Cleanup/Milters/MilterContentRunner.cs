using Estafeta.Net.Milter;
using Estafeta.Queue.Storage;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Shows the finished content to each milter in turn; each sees what those before it made of the message.</summary>
internal sealed class MilterContentRunner(MilteredMessage message, ContentWriter content)
{
    /// <summary>Called after each milter's edits, before they become the message's.</summary>
    public required Func<CancellationToken, ValueTask> OnEdited { get; init; }

    /// <returns>The first verdict that is not to continue; a quarantine only when no milter says more.</returns>
    public async ValueTask<MilterVerdict> RunAsync(
        IReadOnlyList<(MilterSession Session, MilterMacroSource Macros)> milters, CancellationToken cancellationToken)
    {
        var held = MilterVerdict.Continue;
        foreach (var (session, macros) in milters)
        {
            var verdict = await session.ContentAsync(message.Headers(), content.OpenBody, message, macros, cancellationToken);
            await OnEdited(cancellationToken);
            await message.ApplyAsync(cancellationToken);
            if (verdict.Decision == MilterDecision.Quarantine)
            {
                held = verdict;
            }
            else if (!verdict.IsContinue)
            {
                return verdict;
            }
        }

        return held;
    }
}
