using System.Text;

namespace Estafeta.Daemons.Smtp;

/// <summary>Text from a server as it may be logged, stored and mailed: UTF-8, with <c>?</c> for controls and for what is not UTF-8.</summary>
internal static class Printable
{
    private static readonly Encoding Utf8 = Encoding.GetEncoding(
        "utf-8", EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("?"));

    public static string FromPeer(ReadOnlySpan<byte> octets)
    {
        if (!octets.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return Encoding.ASCII.GetString(octets);
        }

        return string.Create(Utf8.GetCharCount(octets), octets, static (characters, source) =>
        {
            Utf8.GetChars(source, characters);
            foreach (ref var c in characters)
            {
                if (char.IsControl(c) || c is '\u2028' or '\u2029')
                {
                    c = '?';
                }
            }
        });
    }
}
