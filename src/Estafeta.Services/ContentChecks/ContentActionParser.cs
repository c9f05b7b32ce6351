using System.Text;
using Estafeta.Mail.Headers;

namespace Estafeta.Services.ContentChecks;

/// <summary>Reads the results of a content table. What is wrong with one is logged, and the line passes, as in Postfix.</summary>
/// <param name="mapName">The parameter, for warnings.</param>
/// <param name="warn">Logs a warning.</param>
/// <param name="isForDelivery">Only actions about the line itself make sense.</param>
public sealed class ContentActionParser(string mapName, Action<string> warn, bool isForDelivery = false)
{
    /// <param name="result">The table's result.</param>
    /// <param name="isHeader">Text put in place of, or before, a header must be a header itself.</param>
    public ContentAction Parse(string result, bool isHeader)
    {
        var end = result.AsSpan().IndexOfAny(' ', '\t');
        var word = (end < 0 ? result : result[..end]).ToUpperInvariant();
        var text = end < 0 ? "" : result[end..].Trim();
        if (isForDelivery && word is not ("DUNNO" or "OK" or "IGNORE" or "INFO" or "PREPEND" or "REPLACE" or "STRIP" or "WARN"))
        {
            return Bad($"unsupported command in {mapName} map: {result}");
        }

        return word switch
        {
            "DUNNO" or "OK" => ContentAction.None,
            "BCC" => Address(ContentActionKind.Bcc, "BCC address", text),
            "DISCARD" => new ContentAction(ContentActionKind.Discard, text),
            "FILTER" => Filter(text),
            "HOLD" => new ContentAction(ContentActionKind.Hold, text),
            "IGNORE" => new ContentAction(ContentActionKind.Ignore, text),
            "INFO" => new ContentAction(ContentActionKind.Info, text),
            "PASS" => new ContentAction(ContentActionKind.Pass, text),
            "PREPEND" => Line(ContentActionKind.Prepend, "PREPEND", text, isHeader),
            "REDIRECT" => Address(ContentActionKind.Redirect, "REDIRECT target", text),
            "REJECT" => new ContentAction(ContentActionKind.Reject, text),
            "REPLACE" => Line(ContentActionKind.Replace, "REPLACE", text, isHeader),
            "STRIP" => new ContentAction(ContentActionKind.Strip, text),
            "WARN" => new ContentAction(ContentActionKind.Warn, text),
            _ => Bad($"unknown command in {mapName} map: {result}"),
        };
    }

    private ContentAction Address(ContentActionKind kind, string what, string text) =>
        text.Contains('@', StringComparison.Ordinal)
            ? new ContentAction(kind, text)
            : Bad($"bad {what} \"{text}\" in {mapName} map -- need user@domain");

    private ContentAction Filter(string text)
    {
        if (text.Length == 0)
        {
            return Bad($"missing FILTER command argument in {mapName} map");
        }

        return text.Contains(':', StringComparison.Ordinal)
            ? new ContentAction(ContentActionKind.Filter, text)
            : Bad($"bad FILTER command {text} in {mapName} -- need transport:destination");
    }

    private ContentAction Line(ContentActionKind kind, string word, string text, bool isHeader)
    {
        if (text.Length == 0)
        {
            return Bad($"{word} action without text in {mapName} map");
        }

        return isHeader && HeaderField.NameLength(Encoding.UTF8.GetBytes(text), out _) == 0
            ? Bad($"bad {word} header text \"{text}\" in {mapName} map -- need \"headername: headervalue\"")
            : new ContentAction(kind, text);
    }

    private ContentAction Bad(string problem)
    {
        warn(problem);
        return ContentAction.None;
    }
}
