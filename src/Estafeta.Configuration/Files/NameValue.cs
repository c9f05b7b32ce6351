using System.Diagnostics.CodeAnalysis;

namespace Estafeta.Configuration.Files;

/// <summary><c>name = value</c>: the name has no whitespace inside, the value may be empty; whitespace around both is dropped.</summary>
public static class NameValue
{
    public static bool TrySplit(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out string? name,
        [NotNullWhen(true)] out string? value,
        [NotNullWhen(false)] out string? problem)
    {
        name = value = problem = null;
        var rest = TrimStart(text);
        var end = 0;
        while (end < rest.Length && rest[end] != '=' && !LogicalLineReader.IsSpace(rest[end]))
        {
            end++;
        }

        var afterName = TrimStart(rest[end..]);
        if (end == 0)
        {
            problem = "missing attribute name";
            return false;
        }

        if (afterName.Length == 0 || afterName[0] != '=')
        {
            problem = "missing '=' after attribute name";
            return false;
        }

        name = rest[..end].ToString();
        value = Trim(afterName[1..]).ToString();
        return true;
    }

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        text = TrimStart(text);
        while (text.Length > 0 && LogicalLineReader.IsSpace(text[^1]))
        {
            text = text[..^1];
        }

        return text;
    }

    public static ReadOnlySpan<char> TrimStart(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && LogicalLineReader.IsSpace(text[0]))
        {
            text = text[1..];
        }

        return text;
    }
}
