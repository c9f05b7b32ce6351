using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Mail.Addresses;

namespace Estafeta.Mail.Headers;

/// <summary>
/// The value of an address header (RFC 5322 §3.4): addresses among phrases, comments and group syntax. Lenient as Postfix is: a missing
/// comma between addresses is supplied, comments move behind the address. Addresses can be replaced; then the header is
/// written anew, folded at its commas. Work and memory are linear in the token count, which header_address_token_limit bounds.
/// </summary>
public sealed class HeaderAddressList
{
    private const int FoldColumn = 70;

    private readonly List<AddressToken> _tokens;
    private readonly List<Part> _parts;
    private readonly List<int> _addresses;

    private HeaderAddressList(List<AddressToken> tokens, List<Part> parts, List<int> addresses)
    {
        _tokens = tokens;
        _parts = parts;
        _addresses = addresses;
    }

    public int Count => _addresses.Count;

    /// <summary>Whether an address was replaced by a different one.</summary>
    public bool IsChanged { get; private set; }

    public static HeaderAddressList Parse(string value, int tokenLimit)
    {
        var tokens = new List<AddressToken>();
        AddressTokenizer.Scan(value, tokens, tokenLimit);
        var parser = new AddressListParser(tokens);
        parser.Run();
        return new HeaderAddressList(tokens, parser.Parts, parser.Addresses);
    }

    /// <summary>The tokens of the n-th address; empty for <c>&lt;&gt;</c>.</summary>
    public ReadOnlySpan<AddressToken> Tokens(int index)
    {
        var part = _parts[_addresses[index]];
        return CollectionsMarshal.AsSpan(_tokens).Slice(part.Start, part.Count);
    }

    /// <summary>The n-th address in internal form.</summary>
    public string this[int index] => _parts[_addresses[index]].Replacement is { } external
        ? LocalPart.Unquote(external)
        : AddressText.Join(Tokens(index), false);

    /// <summary>Puts an address, internal form, in the place of the n-th.</summary>
    public void Replace(int index, string address)
    {
        var external = address.Length == 0 ? "\"\"" : LocalPart.Quote(address);
        IsChanged |= !external.Equals(AddressText.Join(Tokens(index), true), StringComparison.Ordinal);
        var at = _addresses[index];
        _parts[at] = _parts[at] with { Replacement = external };
    }

    /// <summary><c>Name: value</c>, folded, without a final line end.</summary>
    public string Format(string name)
    {
        var result = new StringBuilder(name).Append(": ");
        var piece = new StringBuilder();
        var lineStart = 0;
        var isFirst = true;
        var wasWord = false;
        foreach (var part in _parts)
        {
            if (part.Kind == PartKind.Comma)
            {
                AppendPiece(result, piece.Append(','), ref lineStart, isFirst);
                isFirst = false;
                wasWord = false;
                continue;
            }

            AppendPart(piece, part, ref wasWord);

            if (_tokens[part.Start] is { Kind: AddressTokenKind.Comment, Text: var comment } && comment.Span.Contains('\n'))
            {
                FoldAtLineFeeds(result, piece, ref lineStart, ref isFirst);
            }
        }

        AppendPiece(result, piece, ref lineStart, isFirst);
        return result.ToString();
    }

    /// <summary>A comment that was folded may be folded there again.</summary>
    private static void FoldAtLineFeeds(StringBuilder result, StringBuilder piece, ref int lineStart, ref bool isFirst)
    {
        var lines = piece.ToString().Split('\n');
        piece.Clear();
        for (var i = 0; i < lines.Length - 1; i++)
        {
            AppendPiece(result, piece.Append(lines[i]), ref lineStart, isFirst);
            isFirst = false;
        }

        piece.Append(lines[^1]);
    }

    private static void AppendPiece(StringBuilder result, StringBuilder piece, ref int lineStart, bool isFirst)
    {
        if (!isFirst)
        {
            if (result.Length - lineStart + 1 + piece.Length < FoldColumn)
            {
                result.Append(' ');
            }
            else
            {
                lineStart = result.Append(piece.Length > 0 && piece[0] is ' ' or '\t' ? "\n" : "\n\t").Length;
            }
        }

        result.Append(piece);
        piece.Clear();
    }

    private void AppendPart(StringBuilder piece, Part part, ref bool wasWord)
    {
        if (part.Kind == PartKind.Address)
        {
            if (wasWord || (piece.Length > 0 && _tokens[part.Start].Is('<')))
            {
                piece.Append(' ');
            }

            var address = CollectionsMarshal.AsSpan(_tokens).Slice(part.Start, part.Count);
            piece.Append(part.Replacement
                ?? (AddressText.Join(address, false) is { Length: > 0 } text ? LocalPart.Quote(text) : AddressText.Join(address, true)));
            wasWord = true;
            return;
        }

        var token = _tokens[part.Start];
        if ((wasWord && token.IsWord) || (token.Is('<') && piece.Length > 0 && piece[^1] != ' '))
        {
            piece.Append(' ');
        }

        AddressText.AppendExternal(piece, token);
        if (part.Kind == PartKind.Group)
        {
            piece.Append(' ');
        }

        wasWord = token.IsWord;
    }
}

internal enum PartKind : byte
{
    /// <summary>A token to be written as it is: phrase, comment, angle bracket, group punctuation.</summary>
    Text,
    Address,
    Comma,

    /// <summary>The colon behind the name of a group.</summary>
    Group,
}

internal readonly record struct Part(PartKind Kind, int Start, int Count, string? Replacement = null);
