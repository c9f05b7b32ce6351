namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>
/// What was said in a session since its begin or the last flush, and what went wrong, for the notice to the postmaster. Keeps the
/// strings that the session made anyway.
/// </summary>
internal sealed class SessionHistory
{
    private readonly List<(bool IsReply, string Text)> _lines = [];

    public SessionErrors Errors { get; private set; }

    public int Count => _lines.Count;

    public void AddCommand(string line) => _lines.Add((false, WithoutSecrets(line)));

    public void AddReply(string line) => _lines.Add((true, line));

    public void Note(SessionErrors errors) => Errors |= errors;

    /// <summary>A message was accepted: what went wrong before did not matter.</summary>
    public void Forgive() => Errors = SessionErrors.None;

    public void Clear()
    {
        _lines.Clear();
        Errors = SessionErrors.None;
    }

    /// <summary>The lines as the notice has them.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var (isReply, text) in _lines)
        {
            yield return (isReply ? "Out: " : "In:  ") + text;
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
