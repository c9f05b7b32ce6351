namespace Estafeta.Authentication.Dkim;

/// <summary>A tag-list (RFC 6376 §3.2): <c>name=value; …</c>, also of key records, DMARC records and ARC headers. Values keep their inner blanks.</summary>
public sealed class DkimTagList
{
    private readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal);

    private DkimTagList()
    {
    }

    /// <summary>The first tag's name; empty without tags.</summary>
    public string First { get; private set; } = "";

    /// <summary>The value; null when the tag is not there.</summary>
    public string? this[string name] => _tags.GetValueOrDefault(name);

    /// <returns>Null for what is no such list, or has a tag twice.</returns>
    public static DkimTagList? Parse(string text)
    {
        var list = new DkimTagList();
        foreach (var range in text.AsSpan().Split(';'))
        {
            var tag = TrimBlanks(text.AsSpan()[range]);
            if (tag.IsEmpty)
            {
                continue; // a semicolon at the end
            }

            var equals = tag.IndexOf('=');
            var name = equals < 0 ? default : TrimBlanks(tag[..equals]);
            if (!IsName(name) || !list._tags.TryAdd(name.ToString(), TrimBlanks(tag[(equals + 1)..]).ToString()))
            {
                return null;
            }

            list.First = list.First.Length == 0 ? name.ToString() : list.First;
        }

        return list;
    }

    /// <summary>The value without any blanks; null when the tag is not there.</summary>
    public string? Compact(string name) => this[name] is { } value ? WithoutBlanks(value) : null;

    /// <summary>A list within a value: <c>a:b:c</c>.</summary>
    public IReadOnlyList<string>? Words(string name) => Compact(name)?.Split(':');

    /// <returns>False for what is no base 64.</returns>
    public bool TryReadOctets(string name, out byte[] octets)
    {
        var text = Compact(name) ?? "";
        octets = new byte[text.Length];
        if (text.Length == 0 || !Convert.TryFromBase64String(text, octets, out var length))
        {
            return false;
        }

        octets = octets[..length];
        return true;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return name.Length > 0 && char.IsAsciiLetter(name[0]);
    }

    private static ReadOnlySpan<char> TrimBlanks(ReadOnlySpan<char> text) => text.Trim(" \t\r\n");

    private static string WithoutBlanks(string value) => value.AsSpan().IndexOfAny(" \t\r\n") < 0
        ? value
        : string.Concat(value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
