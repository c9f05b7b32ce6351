namespace Estafeta.Configuration.Lists;

/// <summary>
/// The list syntax of main.cf: words separated by whitespace or commas; text in balanced braces belongs to the word it stands in,
/// so <c>{ a, b }</c> and <c>inline:{ x=y, z=w }</c> are one word each.
/// </summary>
public static class WordList
{
    /// <summary>What stands between the words of a list parameter.</summary>
    public const string Separators = ", \t\r\n\v\f";

    /// <summary>The words of a list parameter.</summary>
    public static List<string> Split(ReadOnlySpan<char> text) => Split(text, Separators);

    /// <summary>The words of a text with separators of its own (master.cf arguments: blanks only).</summary>
    public static List<string> Split(ReadOnlySpan<char> text, ReadOnlySpan<char> separators)
    {
        var words = new List<string>();
        while (TryNext(ref text, separators, out var word))
        {
            words.Add(word.ToString());
        }

        return words;
    }

    /// <summary>Takes the next word off the front. A closing brace without its opening one is an ordinary character.</summary>
    public static bool TryNext(ref ReadOnlySpan<char> rest, ReadOnlySpan<char> separators, out ReadOnlySpan<char> word)
    {
        var start = 0;
        while (start < rest.Length && separators.Contains(rest[start]))
        {
            start++;
        }

        var end = start;
        var level = 0;
        while (end < rest.Length && (level > 0 || !separators.Contains(rest[end])))
        {
            level += rest[end] == '{' ? 1 : rest[end] == '}' && level > 0 ? -1 : 0;
            end++;
        }

        word = rest[start..end];
        rest = rest[end..];
        return !word.IsEmpty;
    }

    /// <summary>
    /// The text inside a word of the form <c>{ text }</c>, without the blanks at its ends; as far as there is one when the braces are not right.
    /// </summary>
    /// <returns>Null when good; else what is wrong, in Postfix's words.</returns>
    public static string? Unbrace(ReadOnlySpan<char> word, out ReadOnlySpan<char> inside) =>
        BracedList.Problem(word, out inside) is { } problem ? $"{problem} in \"{word}\"" : null;
}
