using System.Runtime.InteropServices;
using System.Text;

namespace Estafeta.Mail.Addresses;

/// <summary>Tokens back to text.</summary>
public static class AddressText
{
    /// <summary>The tokens of one address in internal form: quotes gone, one space between adjacent words and behind commas.</summary>
    public static string ToInternal(ReadOnlySpan<AddressToken> tokens)
    {
        if (tokens.Length == 1 && !tokens[0].Is(','))
        {
            return tokens[0].Text.ToString();
        }

        var result = new StringBuilder();
        for (var i = 0; i < tokens.Length; i++)
        {
            if (i > 0 && (tokens[i].Is('<') || (tokens[i].IsWord && tokens[i - 1].IsWord)))
            {
                result.Append(' ');
            }

            result.Append(tokens[i].Text);
            if (tokens[i].Is(','))
            {
                result.Append(' ');
            }
        }

        return result.ToString();
    }

    /// <summary>External-form text of one address to internal form, through the tokens: comments stay, odd spacing goes.</summary>
    public static string ToInternal(string external)
    {
        var tokens = new List<AddressToken>();
        AddressTokenizer.Scan(external, tokens);
        return ToInternal(CollectionsMarshal.AsSpan(tokens));
    }

    /// <summary>The tokens of one address of a header, without any space between them, but before a stray <c>&lt;</c>.</summary>
    public static string Join(ReadOnlySpan<AddressToken> tokens, bool external)
    {
        if (tokens.Length == 1 && !(external && tokens[0].Kind == AddressTokenKind.QuotedString))
        {
            return tokens[0].Text.ToString();
        }

        var result = new StringBuilder();
        foreach (var token in tokens)
        {
            if (token.Is('<') && result.Length > 0)
            {
                result.Append(' ');
            }

            if (external)
            {
                AppendExternal(result, token);
            }
            else
            {
                result.Append(token.Text);
            }
        }

        return result.ToString();
    }

    /// <summary>A token as a header has it.</summary>
    public static void AppendExternal(StringBuilder result, AddressToken token)
    {
        if (token.Kind == AddressTokenKind.QuotedString)
        {
            LocalPart.AppendQuoted(result, token.Text.Span);
        }
        else
        {
            result.Append(token.Text);
        }
    }
}
