using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Estafeta.Net.OAuth.Server;

/// <summary>A JSON Web Token in compact form (RFC 7515 §7.1), taken apart but not checked yet.</summary>
public sealed record SignedToken
{
    // Microsoft's are around 2 KB; groups can make them larger.
    private const int MaximumLength = 16 * 1024;

    /// <summary><c>alg</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary><c>kid</c>: which of the issuer's keys; null when it does not say.</summary>
    public string? KeyId { get; init; }

    /// <summary>What the signature is over: the two parts and the dot between them.</summary>
    public required byte[] Signed { get; init; }

    public required byte[] Signature { get; init; }

    public required JsonElement Claims { get; init; }

    /// <summary>False for anything but three base64url parts with JSON objects in the first two.</summary>
    public static bool TryParse(string text, out SignedToken? token)
    {
        token = null;
        var parts = text.Length <= MaximumLength ? text.Split('.') : [];
        if (parts.Length != 3 || Array.Exists(parts, p => p.Length == 0 || !Base64Url.IsValid(p)))
        {
            return false;
        }

        if (!TryRead(parts[0], out var header) || !TryRead(parts[1], out var claims) || TokenRules.Text(header, "alg") is not { } algorithm
            || header.TryGetProperty("crit", out _)) // RFC 7515 §4.1.11: what we do not understand and must
        {
            return false;
        }

        token = new SignedToken
        {
            Algorithm = algorithm,
            KeyId = TokenRules.Text(header, "kid"),
            Signed = Encoding.ASCII.GetBytes(text[..text.LastIndexOf('.')]),
            Signature = Base64Url.DecodeFromChars(parts[2]),
            Claims = claims,
        };
        return true;
    }

    private static bool TryRead(string part, out JsonElement value)
    {
        value = default;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
            value = document.RootElement.Clone();
            return value.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
