using System.Text;
using System.Text.Unicode;

namespace Estafeta.Mail.Headers;

/// <summary>
/// Header octets as text and back without loss: UTF-8 where it is valid (RFC 6532), else one character per octet. Text that is
/// added to a header of the second kind is put in as its UTF-8 octets.
/// </summary>
public readonly struct HeaderCharset
{
    private readonly bool _isRaw;

    private HeaderCharset(bool isRaw) => _isRaw = isRaw;

    public static HeaderCharset Detect(ReadOnlySpan<byte> octets) => new(!Utf8.IsValid(octets));

    public string Decode(ReadOnlySpan<byte> octets) => (_isRaw ? Encoding.Latin1 : Encoding.UTF8).GetString(octets);

    public byte[] Encode(string text) => (_isRaw ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text);

    /// <summary>Text from elsewhere (a table, a parameter) in the form it needs inside this header.</summary>
    public string Import(string text) => _isRaw && !Ascii.IsValid(text) ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)) : text;

    /// <summary>An address of this header in the form tables know.</summary>
    public string Export(string text) => _isRaw && !Ascii.IsValid(text) && Utf8.IsValid(Encoding.Latin1.GetBytes(text))
        ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text))
        : text;
}
