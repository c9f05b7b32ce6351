using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Estafeta.Commands.CommandLine;

/// <summary>An object of one member in one line: <c>{"name": "value"}</c>, what <c>-j</c> of postconf, postmap and postalias writes.</summary>
internal static class JsonLine
{
    public static string Of(string name, string value) => $"{{\"{Encode(name)}\": \"{Encode(value)}\"}}";

    // Octets that are no text have no place in JSON: they become replacement characters.
    private static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
