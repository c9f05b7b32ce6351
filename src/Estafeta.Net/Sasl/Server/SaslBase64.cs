using System.Buffers;

namespace Estafeta.Net.Sasl.Server;

/// <summary>The alphabet of RFC 4648 §4: what may stand in an AUTH line, and nothing that could end a line or field elsewhere.</summary>
internal static class SaslBase64
{
    public static readonly SaslStep Malformed = new(SaslOutcome.Failed, "Invalid base64 data in continued response");

    public static readonly SaslStep MalformedInitialResponse = new(SaslOutcome.Failed, "Invalid base64 data in initial response");

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    public static bool IsBase64(string text) => text.AsSpan().IndexOfAnyExcept(Alphabet) < 0;

    public static bool TryDecode(string text, out byte[] octets)
    {
        octets = new byte[text.Length / 4 * 3 + 3];
        if (!IsBase64(text) || !Convert.TryFromBase64String(text, octets, out var written))
        {
            octets = [];
            return false;
        }

        Array.Resize(ref octets, written);
        return true;
    }
}
