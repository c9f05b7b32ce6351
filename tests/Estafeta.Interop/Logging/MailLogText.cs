using System.Text.RegularExpressions;

namespace Estafeta.Interop.Logging;

/// <summary>A mail log with everything taken out that differs from run to run: times, delays, sizes, process and queue IDs.</summary>
internal sealed partial class MailLogText
{
    // Postfix's qmqpd names a message before it has come.
    private const string EarlyClient = "postfix/qmqpd: ID: client=";

    private readonly List<string> _others = [];
    private readonly Dictionary<string, List<string>> _messages = new(StringComparer.Ordinal);

    public MailLogText(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var match = Line().Match(line);
            if (match.Success)
            {
                Lines.Add($"{match.Groups["tag"].Value}: {match.Groups["text"].Value}");
                Add(match.Groups["tag"].Value, match.Groups["text"].Value);
            }
        }
    }

    /// <summary>All lines as they are, with <c>postfix/smtpd: </c> in front.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>What was logged of each message, in any order.</summary>
    public IEnumerable<string> Messages => _messages.Values.Where(static m => m.Count > 1 || !m[0].StartsWith(EarlyClient, StringComparison.Ordinal))
        .Select(static m => string.Join('\n', m.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal);

    /// <summary>Everything else that both programs are to log alike.</summary>
    public IEnumerable<string> Others => _others.Where(static l => !OfOneProgram().IsMatch(l)).Order(StringComparer.Ordinal);

    private void Add(string tag, string text)
    {
        // 3.10 and later say which message a lost connection was about, and which ones came to nothing.
        text = LostConnection().Replace(text, "");
        if (text.EndsWith(": removed (canceled)", StringComparison.Ordinal) || text.EndsWith(": removed (discarded)", StringComparison.Ordinal))
        {
            return;
        }

        text = GeneratedId().Replace(Size().Replace(Delay().Replace(text, ""), ", size=N,"), "message-id=<generated>");
        var id = MessageOf().Match(text).Groups["id"].Value;
        var shown = $"{tag}: {QueueId().Replace(text, static m => m.Value == "" ? "" : "ID")}";
        if (id.Length == 0)
        {
            _others.Add(shown);
            return;
        }

        if (!_messages.TryGetValue(id, out var lines))
        {
            _messages.Add(id, lines = []);
        }

        lines.Add(shown);
    }

    [GeneratedRegex(@"^\S+ (?<tag>[^\[\s]+)\[[0-9]+\]: (?<text>.*)$")]
    private static partial Regex Line();

    [GeneratedRegex("^(warning: )?(?<id>[0-9A-F]{6,12}): ")]
    private static partial Regex MessageOf();

    [GeneratedRegex(@"\b[0-9A-F]{6,12}\b")]
    private static partial Regex QueueId();

    [GeneratedRegex("^(NOQUEUE|[0-9A-F]{6,12}): (?=lost connection |timeout |too many errors |[^ ]*: (netstring|lost connection|read/write timeout))")]
    private static partial Regex LostConnection();

    [GeneratedRegex(", delay=[^,]*, delays=[^,]*")]
    private static partial Regex Delay();

    [GeneratedRegex(", size=[0-9]+,")]
    private static partial Regex Size();

    [GeneratedRegex("message-id=<(20[0-9]{12}\\.[^>]*|[0-9]+@o\\.test)>")]
    private static partial Regex GeneratedId();

    // Versions, totals by time, what is said once a process, and what only one of the two has to say.
    [GeneratedRegex("^postfix/(master|anvil|scache|postfix-script): |^postfix/bounce: warning: |backwards-compatible|^postfix: |COMPATIBILITY_README|mail_stream_cleanup: close error|file system clock is |resetting file time stamps")]
    private static partial Regex OfOneProgram();
}
