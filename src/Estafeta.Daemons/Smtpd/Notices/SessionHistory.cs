namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>
/// What was said in a session since its begin or the last flush, and what went wrong, for the notice to the postmaster. Keeps the
/// strings that the session made anyway, of a long session the last ones: a client that says BDAT 1 for ever must not cost memory.
/// </summary>
internal sealed class SessionHistory
{
    private const int MaxCharacters = 32 * 1024;
    private readonly Queue<(bool IsReply, string Text)> _lines = [];
    private int _characters;
    private int _dropped;

    public SessionErrors Errors { get; private set; }

    public int Count => _lines.Count;

    public void AddCommand(string line) => Add((false, WithoutSecrets(line)));

    public void AddReply(string line) => Add((true, line));

    public void Note(SessionErrors errors) => Errors |= errors;

    /// <summary>A message was accepted: what went wrong before did not matter.</summary>
    public void Forgive() => Errors = SessionErrors.None;

    public void Clear()
    {
        _lines.Clear();
        (_characters, _dropped) = (0, 0);
        Errors = SessionErrors.None;
    }

    /// <summary>The lines as the notice has them.</summary>
    public IEnumerable<string> Lines()
    {
        if (_dropped > 0)
        {
            yield return $"({_dropped} earlier lines were not kept)";
        }

        foreach (var (isReply, text) in _lines)
        {
            yield return (isReply ? "Out: " : "In:  ") + text;
        }
    }

    // The characters of a line, and what an entry costs besides them.
    private static int Cost(string text) => text.Length + 32;

    private void Add((bool IsReply, string Text) line)
    {
        _lines.Enqueue(line);
        for (_characters += Cost(line.Text); _characters > MaxCharacters && _lines.Count > 1; _dropped++)
        {
            _characters -= Cost(_lines.Dequeue().Text);
        }
    }

    // Postfix mails the password of AUTH PLAIN and of AUTH with an initial response; we do not.
    private static string WithoutSecrets(string line)
    {
        if (!line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))
        {
            return line;
        }

        var second = line.IndexOf(' ', 5);
        return second < 0 ? line : line[..second] + " (hidden)";
    }
}
