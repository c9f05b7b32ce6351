namespace Estafeta.Services.Mailboxes;

/// <summary>What is added to a message when it leaves the queue for a file or a command: the flags of pipe(8), and what local(8) and virtual(8) always do.</summary>
[Flags]
public enum CopyOptions
{
    None = 0,

    /// <summary><c>From sender time</c> as first line (F).</summary>
    FromLine = 1,

    /// <summary>(R)</summary>
    ReturnPath = 2,

    /// <summary>(O)</summary>
    OriginalTo = 4,

    /// <summary>(D)</summary>
    DeliveredTo = 8,

    /// <summary>&gt; before lines that begin with <c>From </c>.</summary>
    QuoteFrom = 16,

    /// <summary>A dot before lines that begin with one (.)</summary>
    QuoteDot = 32,

    /// <summary>An empty line at the end (B).</summary>
    BlankLine = 64,

    Mailbox = FromLine | ReturnPath | OriginalTo | DeliveredTo | QuoteFrom | BlankLine,
    Maildir = ReturnPath | OriginalTo | DeliveredTo,
    Command = FromLine | ReturnPath | OriginalTo | DeliveredTo,
}
