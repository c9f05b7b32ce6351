using Estafeta.Mail.Dsn;

namespace Estafeta.Daemons.Smtp;

internal enum ReplyFailure
{
    None,

    /// <summary>End of stream or reset instead of a reply.</summary>
    Lost,

    TimedOut,
}

/// <summary>
/// A server's reply. Code and enhanced status are those of its last line (RFC 5321 §4.2.1 wants all lines alike); the text is all of it,
/// lines joined by a space, made printable. A reply that never came is one too: see <see cref="Failure"/>.
/// </summary>
internal readonly record struct SmtpReply(int Code, EnhancedStatus Status, string Text)
{
    public ReplyFailure Failure { get; init; }

    /// <summary>The lines after their code and separator, for EHLO; null for other replies.</summary>
    public IReadOnlyList<string>? Lines { get; init; }

    /// <summary>Lines came before it that are no replies: with pipelining, nobody knows any more which command it answers.</summary>
    public bool HasNonsense { get; init; }

    public bool IsLost => Failure != ReplyFailure.None;

    public int Class => Code / 100;

    public bool IsPositive => Class == 2;

    /// <summary>The server said that it closes the connection (RFC 5321 §3.8).</summary>
    public bool Closes => Code == 421;

    public static SmtpReply NoReply(ReplyFailure failure) => new(0, default, "") { Failure = failure };
}
