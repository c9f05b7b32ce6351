namespace Estafeta.Net.Milter;

public enum MilterDecision
{
    Continue,

    /// <summary>Refuse what was asked: the command, or at the end of the message the message. <see cref="MilterVerdict.Reply"/> says how.</summary>
    Reply,

    /// <summary>Take the message and throw it away.</summary>
    Discard,

    /// <summary>Put the message on hold.</summary>
    Quarantine,

    /// <summary>Reply 421 and end the connection.</summary>
    Shutdown,
}

/// <summary>What one milter, or the chain of them, says to an event.</summary>
/// <param name="Decision">How to go on.</param>
/// <param name="Reply">
/// For <see cref="MilterDecision.Reply"/> a whole reply, code first: <c>550 5.7.1 Command rejected</c>; for quarantine the reason.
/// Several lines are joined by <c>\n</c>. Printable, and its code is 4xx or 5xx.
/// </param>
public readonly record struct MilterVerdict(MilterDecision Decision, string Reply)
{
    public static readonly MilterVerdict Continue = new(MilterDecision.Continue, "");

    public static readonly MilterVerdict Discard = new(MilterDecision.Discard, "");

    public static readonly MilterVerdict Shutdown = new(MilterDecision.Shutdown, "421 4.7.0 Server closing connection");

    public static readonly MilterVerdict Reject = new(MilterDecision.Reply, "550 5.7.1 Command rejected");

    public static readonly MilterVerdict TemporaryFailure = new(MilterDecision.Reply, "451 4.7.1 Service unavailable - try again later");

    public bool IsContinue => Decision == MilterDecision.Continue;
}
