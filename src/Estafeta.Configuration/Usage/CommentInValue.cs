using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.Usage;

/// <summary>
/// A word that starts with <c>#</c> inside a value: meant as a comment, and part of the value, because comments stand on lines of their own.
/// </summary>
public static class CommentInValue
{
    private const int ShownLength = 20;

    /// <summary>What Postfix 3.8 and later warns behind the name of the file; null when there is no such word.</summary>
    public static string? Warning(string value)
    {
        if (!value.Contains('#', StringComparison.Ordinal))
        {
            return null;
        }

        ReadOnlySpan<char> rest = value;
        while (WordList.TryNext(ref rest, WordList.Separators, out var word))
        {
            if (word[0] == '#')
            {
                rest = Files.NameValue.TrimStart(rest);
                return $"#comment after other text is not allowed: {word} {rest[..Math.Min(ShownLength, rest.Length)]}...";
            }
        }

        return null;
    }
}
