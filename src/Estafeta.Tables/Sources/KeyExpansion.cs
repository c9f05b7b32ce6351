using System.Text;

namespace Estafeta.Tables.Sources;

/// <summary>How a back end makes a key harmless: SQL quoting, LDAP filter escapes; the identity for results.</summary>
public delegate string KeyQuoting(string text);

/// <summary>
/// The <c>%</c> expansions shared by ldap_table(5), the SQL tables and memcache_table(5), parsed once: <c>%s</c> the whole, <c>%u</c> the local part or
/// the whole, <c>%d</c> the domain, <c>%1</c>…<c>%9</c> labels of the domain from the top, <c>%%</c>. In a query capitals mean the same; in a result format
/// they, and the digits, refer to the key and the small letters to the result. A key that lacks what is asked for suppresses the query.
/// </summary>
public sealed class KeyExpansion
{
    private readonly List<Part> _parts = [];
    private readonly bool _isResult;
    private int _labels;

    private KeyExpansion(bool isResult) => _isResult = isResult;

    /// <summary>No expansion in it.</summary>
    public bool IsConstant => _parts.TrueForAll(static p => p.Letter == '\0');

    /// <param name="name">Of the parameter, for errors.</param>
    /// <param name="text">The format.</param>
    /// <param name="isResult">It is a result format.</param>
    /// <exception cref="TableUnavailableException">An unknown expansion.</exception>
    public static KeyExpansion Parse(string name, string text, bool isResult = false)
    {
        var expansion = new KeyExpansion(isResult);
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                literal.Append(text[i]);
                continue;
            }

            var letter = ++i < text.Length ? text[i] : '\0';
            if (letter == '%')
            {
                literal.Append('%');
                continue;
            }

            if (!"sudSUD123456789".Contains(letter, StringComparison.Ordinal) || letter == '\0')
            {
                throw new TableUnavailableException($"db_common_parse: {name}: Invalid query template: {text}");
            }

            expansion.Add(literal, letter);
        }

        expansion._parts.Add(new Part(literal.ToString(), '\0'));
        return expansion;
    }

    /// <summary>The query for a key; null when the key lacks a part.</summary>
    public string? Expand(string key, KeyQuoting quote) => Expand(key, key, quote);

    /// <summary>For a result format: the key has what its capitals and digits ask for.</summary>
    public bool AcceptsKey(string key)
    {
        var parts = AddressParts.Of(key);
        return (_labels == 0 || parts.Labels().Length >= _labels)
            && _parts.TrueForAll(part => !char.IsAsciiLetterUpper(part.Letter) || parts.Find(char.ToLowerInvariant(part.Letter)) != null);
    }

    /// <summary>A result in its format; null when the result or the key lacks a part.</summary>
    public string? ExpandResult(string key, string result) => Expand(key, result, static text => text);

    private string? Expand(string key, string value, KeyQuoting quote)
    {
        var keyParts = AddressParts.Of(key);
        var valueParts = _isResult ? AddressParts.Of(value) : keyParts;
        var labels = _labels > 0 ? keyParts.Labels() : [];
        if (_labels > labels.Length)
        {
            return null;
        }

        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part.Literal);
            if (part.Letter == '\0')
            {
                continue;
            }

            var expanded = char.IsAsciiDigit(part.Letter)
                ? labels[^(part.Letter - '0')]
                : char.IsAsciiLetterUpper(part.Letter) ? keyParts.Find(char.ToLowerInvariant(part.Letter)) : valueParts.Find(part.Letter);
            if (expanded == null)
            {
                return null;
            }

            text.Append(quote(expanded));
        }

        return text.ToString();
    }

    private void Add(StringBuilder literal, char letter)
    {
        _parts.Add(new Part(literal.ToString(), letter));
        literal.Clear();
        if (char.IsAsciiDigit(letter))
        {
            _labels = Math.Max(_labels, letter - '0');
        }
    }

    private readonly record struct Part(string Literal, char Letter);

    /// <summary>A key cut at its last <c>@</c>.</summary>
    private readonly record struct AddressParts(string Whole, string? LocalPart, string? Domain)
    {
        public static AddressParts Of(string text)
        {
            var at = text.LastIndexOf('@');
            return at < 0 ? new AddressParts(text, null, null) : new AddressParts(text, text[..at], text[(at + 1)..]);
        }

        public string[] Labels() => Domain is { Length: > 0 } ? Domain.Split('.') : [];

        public string? Find(char letter) => letter switch
        {
            's' => Whole,
            'u' => LocalPart switch
            {
                null => Whole,
                "" => null,
                _ => LocalPart,
            },
            _ => Domain is { Length: > 0 } ? Domain : null,
        };
    }
}
