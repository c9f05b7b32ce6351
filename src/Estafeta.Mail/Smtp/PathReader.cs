using System.Buffers;
using System.Text;
using Estafeta.Mail.Addresses;

namespace Estafeta.Mail.Smtp;

/// <summary>
/// Reads the address of MAIL FROM, RCPT TO and VRFY. RFC 5321 wants <c>&lt;local@domain&gt;</c>; clients send more, and Postfix takes
/// it unless strict_rfc821_envelopes: no brackets, comments, group syntax, a source route (dropped), spaces around <c>@</c> and dots.
/// What it never takes is two addresses. The result is in internal form; whether its domain makes sense is the resolver's to say.
/// </summary>
public static class PathReader
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+=");

    /// <returns>False for a syntax error; an empty address for <c>&lt;&gt;</c>.</returns>
    public static bool TryRead(CommandWord word, bool strict, out string address) => word.IsBalanced
        ? TryRead(word.Text, strict, out address)
        : Fail(out address);

    public static bool TryRead(string text, bool strict, out string address)
    {
        address = "";
        if (text is "<>" or "")
        {
            return true;
        }

        if (IsPlain(text))
        {
            address = text[1..^1];
            return true;
        }

        if ((strict && (text[0] != '<' || text[^1] != '>')) || Xtext.HasControls(text))
        {
            return false;
        }

        var tokens = new List<AddressToken>(8);
        AddressTokenizer.Scan(text, tokens);
        var result = new StringBuilder(text.Length);
        var addresses = 0;
        var separated = false;
        var afterWord = false;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (strict && (token.Kind == AddressTokenKind.Comment || token.Is(';')))
            {
                return false;
            }

            if (token.Kind == AddressTokenKind.Comment)
            {
                continue;
            }

            // @a,@b:user@c is a source route, a group has a name and ends with a semicolon; both names go.
            if ((token.Is(',') && IsRoute(result)) || (token.Is(':') && (IsRoute(result) || HasGroupEnd(tokens, i))))
            {
                result.Clear();
                addresses = 0;
                separated = true;
            }
            else if (token.Is('<') || token.Is('>') || token.Is(',') || token.Is(';'))
            {
                separated = true;
            }
            else
            {
                // A word after a word, or anything after a separator, is another address; dots and such glue words together.
                addresses += addresses > 0 && !separated && !(token.IsWord && afterWord) ? 0 : 1;
                separated = false;
                afterWord = token.IsWord;
                result.Append(token.Text);
            }
        }

        address = result.ToString();
        return addresses <= 1 && !address.EndsWith('@') && !(strict && address.StartsWith('@'));
    }

    // <local@domain> without anything to take apart, as nearly all are.
    private static bool IsPlain(string text)
    {
        var at = text.IndexOf('@');
        return at > 1 && at < text.Length - 2 && text[0] == '<' && text[^1] == '>'
            && !text.AsSpan(1, at - 1).ContainsAnyExcept(Plain) && !text.AsSpan(at + 1, text.Length - at - 2).ContainsAnyExcept(Plain);
    }

    private static bool IsRoute(StringBuilder text) => text.Length > 1 && text[0] == '@';

    private static bool HasGroupEnd(List<AddressToken> tokens, int from)
    {
        for (var i = from + 1; i < tokens.Count; i++)
        {
            if (tokens[i].Is(';'))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Fail(out string address)
    {
        address = "";
        return false;
    }
}
