namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>The words of a restriction list, one at a time.</summary>
internal sealed class RestrictionWords(string text)
{
    private int _at;

    /// <summary>The next word, which stays the next; empty when there is none.</summary>
    public bool TryPeek(out string word)
    {
        var at = _at;
        var isThere = TryRead(out word);
        _at = at;
        return isThere;
    }

    public bool TryRead(out string word)
    {
        while (_at < text.Length && IsSeparator(text[_at]))
        {
            _at++;
        }

        var start = _at;
        var depth = 0;
        while (_at < text.Length && (depth > 0 || !IsSeparator(text[_at])))
        {
            depth += text[_at] == '{' ? 1 : text[_at] == '}' ? -1 : 0;
            _at++;
        }

        word = text[start.._at];
        return word.Length > 0;
    }

    private static bool IsSeparator(char c) => c is ' ' or ',' or (>= '\t' and <= '\r');
}
