using Estafeta.Configuration.Lists;

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
        var rest = text.AsSpan(_at);
        var isThere = WordList.TryNext(ref rest, WordList.Separators, out var next);
        _at = text.Length - rest.Length;
        word = next.ToString();
        return isThere;
    }
}
