using System.Buffers;
using System.Text;

namespace Estafeta.Mail.Addresses;

/// <summary>
/// Cuts external-form text into tokens. One pass, no recursion: nested comments are counted, so no input can exhaust the stack.
/// Never fails: what has no closing mark ends at the end of the text. <c>!</c> and <c>%</c> are tokens of their own, because
/// address rewriting gives them a meaning.
/// </summary>
public static class AddressTokenizer
{
    private const string Specials = "()<>@,;:\\\".[]!%";
    private static readonly SearchValues<char> SpecialsAndSpace = SearchValues.Create(Specials + " \t\r\n\v\f");

    /// <param name="text">Unfolded text; line breaks are white space.</param>
    /// <param name="tokens">Receives the tokens.</param>
    /// <param name="limit">Stop after so many tokens (header_address_token_limit).</param>
    /// <returns>The position where scanning stopped: the length of the text unless the limit was reached.</returns>
    public static int Scan(string text, List<AddressToken> tokens, int limit = int.MaxValue)
    {
        var at = 0;
        while (at < text.Length && tokens.Count < limit)
        {
            var c = text[at];
            if (IsSpace(c))
            {
                at++;
                continue;
            }

            tokens.Add(c switch
            {
                '"' => ReadQuotedString(text, ref at),
                '(' => ReadComment(text, ref at),
                '[' => ReadLiteral(text, ref at),
                '\\' => ReadAtom(text, ref at),
                _ when Specials.Contains(c, StringComparison.Ordinal) => Special(text, ref at),
                _ => ReadAtom(text, ref at),
            });
        }

        return at;
    }

    internal static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n' or '\v' or '\f';

    private static AddressToken Special(string text, ref int at) =>
        new(AddressTokenKind.Special, text.AsMemory(at++, 1));

    private static AddressToken ReadAtom(string text, ref int at)
    {
        var start = at;
        StringBuilder? unescaped = null;
        while (at < text.Length)
        {
            var c = text[at];
            if (c == '\\')
            {
                // A quoted pair outside a quoted string: obsolete, but the next character is taken literally.
                unescaped ??= new StringBuilder().Append(text, start, at - start);
                if (++at < text.Length)
                {
                    unescaped.Append(text[at++]);
                }

                continue;
            }

            if (IsSpace(c) || Specials.Contains(c, StringComparison.Ordinal))
            {
                break;
            }

            unescaped?.Append(c);
            at++;
        }

        return unescaped == null
            ? new AddressToken(AddressTokenKind.Atom, text.AsMemory(start, at - start))
            : Unescaped(unescaped.ToString());
    }

    private static AddressToken Unescaped(string text) =>
        new(text.Length > 0 && text.AsSpan().IndexOfAny(SpecialsAndSpace) < 0 ? AddressTokenKind.Atom : AddressTokenKind.QuotedString, text.AsMemory());

    private static AddressToken ReadQuotedString(string text, ref int at)
    {
        var start = ++at;
        StringBuilder? unescaped = null;
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                unescaped ??= new StringBuilder().Append(text, start, at - start);
                at++;
            }

            unescaped?.Append(text[at]);
            at++;
        }

        var content = unescaped == null ? text.AsMemory(start, at - start) : unescaped.ToString().AsMemory();
        at = Math.Min(at + 1, text.Length);
        return new AddressToken(AddressTokenKind.QuotedString, WithPlainSpaces(content));
    }

    // Where spaces count, each kind of them is one.
    private static ReadOnlyMemory<char> WithPlainSpaces(ReadOnlyMemory<char> text) =>
        text.Span.IndexOfAny('\t', '\n') < 0 ? text : text.ToString().Replace('\t', ' ').Replace('\n', ' ').AsMemory();

    private static AddressToken ReadComment(string text, ref int at)
    {
        var start = at;
        var depth = 0;
        do
        {
            switch (text[at++])
            {
                case '\\' when at < text.Length:
                    at++;
                    break;
                case '(':
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
            }
        }
        while (at < text.Length && depth > 0);
        return new AddressToken(AddressTokenKind.Comment, text.AsMemory(start, at - start));
    }

    private static AddressToken ReadLiteral(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] != ']')
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 2 : 1;
        }

        if (at < text.Length)
        {
            return new AddressToken(AddressTokenKind.DomainLiteral, WithPlainSpaces(text.AsMemory(start, ++at - start)));
        }

        return new AddressToken(AddressTokenKind.DomainLiteral, WithPlainSpaces((text[start..] + "]").AsMemory()));
    }
}
