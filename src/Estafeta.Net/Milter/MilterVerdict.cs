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

    /// <summary>milter_default_action = reject.</summary>
    public static readonly MilterVerdict Unavailable = new(MilterDecision.Reply, "550 5.5.0 Service unavailable");

    /// <summary>A filter, or its line in the configuration, that makes no sense; unless the default action is to accept or to hold.</summary>
    public static readonly MilterVerdict Misconfigured = new(MilterDecision.Reply, "451 4.3.5 Server configuration problem - try again later");

    public static readonly MilterVerdict TemporaryFailure = new(MilterDecision.Reply, "451 4.7.1 Service unavailable - try again later");

    /// <summary>As log lines show it: the line ends of a reply of several lines as Postfix prints control characters.</summary>
    public string LogText
    {
        get
        {
            var lines = Reply.Split('\n');
            for (var i = 0; i < lines.Length - 1; i++)
            {
                lines[i] = string.Concat(lines[i].AsSpan(0, 3), "-", lines[i].AsSpan(Math.Min(4, lines[i].Length)));
            }

            return string.Join("??", lines);
        }
    }

    public bool IsContinue => Decision == MilterDecision.Continue;
}
