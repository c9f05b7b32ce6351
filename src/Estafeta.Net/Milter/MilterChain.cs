namespace Estafeta.Net.Milter;

/// <summary>
/// The milters of a session, asked one after the other: the first verdict that is not "continue" is the chain's, and the milters
/// after it do not see the event. Quarantine is noted and the others are still asked.
/// </summary>
public sealed class MilterChain(IReadOnlyList<MilterSession> sessions) : IDisposable
{
    public IReadOnlyList<MilterSession> Sessions => sessions;

    public bool IsEmpty => sessions.Count == 0;

    /// <summary>Whether any of them wants, at a stage, macros whose names begin like this.</summary>
    public bool Wants(MilterStage stage, string macroPrefix)
    {
        foreach (var session in sessions)
        {
            foreach (var name in session.MacroNames(stage))
            {
                if (name.StartsWith(macroPrefix, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }

    public async ValueTask<MilterVerdict> AskAsync(Func<MilterSession, ValueTask<MilterVerdict>> ask)
    {
        var held = MilterVerdict.Continue;
        foreach (var session in sessions)
        {
            var verdict = await ask(session);
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

    public async ValueTask AbortAsync(CancellationToken cancellationToken)
    {
        foreach (var session in sessions)
        {
            await session.AbortAsync(cancellationToken);
        }
    }

    public async ValueTask QuitAsync(CancellationToken cancellationToken)
    {
        foreach (var session in sessions)
        {
            await session.QuitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        foreach (var session in sessions)
        {
            session.Dispose();
        }
    }
}
