namespace Estafeta.Services.ContentChecks;

public enum ContentActionKind
{
    /// <summary>DUNNO, OK, no match, or a result that makes no sense (which is in the log).</summary>
    None,
    Bcc,
    Discard,
    Filter,
    Hold,
    Ignore,
    Info,
    Pass,
    Prepend,
    Redirect,
    Reject,
    Replace,
    Strip,
    Warn,
}

/// <summary>What a content table says about a line: header_checks(5).</summary>
/// <param name="Text">The rest of the result: an address, a header, a reply text, or a remark for the log.</param>
public readonly record struct ContentAction(ContentActionKind Kind, string Text)
{
    public static readonly ContentAction None = new(ContentActionKind.None, "");

    /// <summary>The word of the log line, <c>warning: header Subject: …</c>; null for actions that are not logged.</summary>
    public string? LogWord => Kind switch
    {
        ContentActionKind.None or ContentActionKind.Ignore => null,
        ContentActionKind.Warn => "warning",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
