using System.Text.Json;

namespace Estafeta.Net.OAuth.Server;

/// <summary>
/// What a token's claims must say (RFC 7519 §4.1, RFC 9068): not expired, from one of our issuers, for us, with the scopes we ask for, and
/// whose it is. The answer of an introspection (RFC 7662 §2.2) has claims of the same names.
/// </summary>
public sealed record TokenRules
{
    // Clocks of issuers and ours differ.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>Whose tokens are taken; empty for anybody's whose key we have.</summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];

    /// <summary>The token must be meant for one of these; empty for any.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Scopes the token must have, all of them.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The claim with the login name.</summary>
    public string UserClaim { get; init; } = "email";

    /// <summary>An introspection may leave <c>exp</c> out; a token we check ourselves may not.</summary>
    public bool NeedsExpiry { get; init; } = true;

    public TokenVerdict Judge(JsonElement claims, DateTimeOffset now)
    {
        if (claims.ValueKind != JsonValueKind.Object)
        {
            return TokenVerdict.Bad("token has no claims");
        }

        var seconds = now.ToUnixTimeSeconds();
        var expiry = Time(claims, "exp");
        if (expiry == null ? NeedsExpiry : expiry <= seconds - Skew.TotalSeconds)
        {
            return TokenVerdict.Bad(expiry == null ? "token has no expiry" : "token is expired");
        }

        if (Time(claims, "nbf") > seconds + Skew.TotalSeconds)
        {
            return TokenVerdict.Bad("token is not valid yet");
        }

        if (Time(claims, "iat") > seconds + Skew.TotalSeconds)
        {
            return TokenVerdict.Bad("token is issued in the future");
        }

        if (Issuers.Count > 0 && !Issuers.Contains(Text(claims, "iss") ?? ""))
        {
            return TokenVerdict.Bad("token is from another issuer");
        }

        if (Audiences.Count > 0 && !Words(claims, "aud", split: false).Any(a => Audiences.Contains(a)))
        {
            return TokenVerdict.Bad("token is for another audience");
        }

        // "scp" is what Microsoft calls it.
        var scopes = Words(claims, claims.TryGetProperty("scope", out _) ? "scope" : "scp", split: true);
        if (Scopes.FirstOrDefault(s => !scopes.Contains(s)) is { } missing)
        {
            return TokenVerdict.Bad($"token has no scope {missing}");
        }

        return Text(claims, UserClaim) is { Length: > 0 } user && !user.Any(char.IsControl)
            ? TokenVerdict.Good(user)
            : TokenVerdict.Bad($"token has no {UserClaim}");
    }

    internal static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var time) ? time : null;

    private static List<string> Words(JsonElement claims, string name, bool split)
    {
        if (!claims.TryGetProperty(name, out var value))
        {
            return [];
        }

        return value.ValueKind switch
        {
            JsonValueKind.String when split => [.. value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)],
            _ => [],
        };
    }
}
