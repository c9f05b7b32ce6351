using System.Buffers;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Dkim;

/// <summary>Header fields as signatures see them (RFC 6376 §3.4.1, §3.4.2): with CRLF, as they are or relaxed.</summary>
internal static class HeaderCanonicalization
{
    /// <param name="field">The field.</param>
    /// <param name="isRelaxed">Lower-case name, unfolded, single blanks.</param>
    /// <param name="output">Gets the octets.</param>
    /// <param name="endsLine">False for the signature itself, which is the last and has no line end.</param>
    public static void Write(HeaderField field, bool isRelaxed, ArrayBufferWriter<byte> output, bool endsLine)
    {
        if (isRelaxed)
        {
            WriteRelaxed(field, output);
        }
        else
        {
            WriteLines(field.Text, output);
        }

        if (endsLine)
        {
            output.Write("\r\n"u8);
        }
    }

    /// <summary>The signature's own field with an empty <c>b=</c>.</summary>
    public static HeaderField WithoutSignature(HeaderField field)
    {
        var text = field.Text;
        var start = text.IndexOf((byte)':') + 1;
        while (start < text.Length)
        {
            var length = text[start..].IndexOf((byte)';');
            var end = length < 0 ? text.Length : start + length;
            var tag = text[start..end];
            if (tag.IndexOf((byte)'=') is >= 0 and var equals && tag[..equals].Trim(" \t\r\n"u8).SequenceEqual("b"u8))
            {
                byte[] bare = [.. text[..(start + equals + 1)], .. text[end..]];
                return HeaderField.TryParse(bare, out var without) ? without : field;
            }

            start = end + 1;
        }

        return field;
    }

    private static void WriteLines(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            output.Write(text[..end]);
            output.Write("\r\n"u8);
            text = text[(end + 1)..];
        }

        output.Write(text);
    }

    private static void WriteRelaxed(HeaderField field, ArrayBufferWriter<byte> output)
    {
        var room = output.GetSpan(field.Octets.Length + 1);
        var length = 0;
        foreach (var octet in field.Name)
        {
            room[length++] = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
        }

        room[length++] = (byte)':';
        var isFirst = true;
        var owesBlank = false;
        foreach (var octet in field.Value)
        {
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\n')
            {
                owesBlank = !isFirst;
                continue;
            }

            if (owesBlank)
            {
                room[length++] = (byte)' ';
                owesBlank = false;
            }

            room[length++] = octet;
            isFirst = false;
        }

        output.Advance(length);
    }
}
