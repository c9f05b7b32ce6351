using System.Net;
using System.Text.Json;
using Estafeta.Net.OAuth.Server;

namespace Estafeta.Net.OAuth.Client;

/// <summary>A new access token (RFC 6749 §5.1).</summary>
/// <param name="Expiry">By our own clock, whatever that of the server is; where the server does not say, an hour from now.</param>
/// <param name="RefreshToken">Null when the old one stays good.</param>
public sealed record IssuedToken(string AccessToken, DateTimeOffset Expiry, string? RefreshToken);

/// <summary>The authorization server said no (RFC 6749 §5.2).</summary>
/// <param name="code"><c>error</c>: invalid_grant, invalid_client…</param>
public sealed class TokenRefusedException(string message, string code) : IOException(message)
{
    public string Code => code;
}

/// <summary>Asks an authorization server for access tokens: by refresh token, client credentials or device code.</summary>
public static class TokenEndpoint
{
    // "expires_in" is optional.
    private const int UsualSeconds = 3600;

    /// <exception cref="TokenRefusedException">It will not.</exception>
    /// <exception cref="IOException">It does not answer, or not in the terms of OAuth.</exception>
    public static ValueTask<IssuedToken> RenewAsync(TokenFile file, OAuthHttp http, TimeProvider time, CancellationToken cancellationToken) =>
        AskAsync(
            file,
            file.UsesClientCredentials
                ? [new("grant_type", "client_credentials")]
                : [new("grant_type", "refresh_token"), new("refresh_token", file.RefreshToken)],
            http,
            time,
            cancellationToken);

    /// <param name="deviceCode">What the device endpoint gave (RFC 8628 §3.4).</param>
    public static ValueTask<IssuedToken> RedeemAsync(
        TokenFile file, string deviceCode, OAuthHttp http, TimeProvider time, CancellationToken cancellationToken) =>
        AskAsync(
            file, [new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), new("device_code", deviceCode)], http, time, cancellationToken);

    private static async ValueTask<IssuedToken> AskAsync(
        TokenFile file, List<KeyValuePair<string, string>> form, OAuthHttp http, TimeProvider time, CancellationToken cancellationToken)
    {
        form.Add(new("client_id", file.ClientId));
        if (file.ClientSecret.Length > 0)
        {
            form.Add(new("client_secret", file.ClientSecret));
        }

        if (file.Scope.Length > 0)
        {
            form.Add(new("scope", file.Scope));
        }

        var (status, body) = await http.PostAsync(file.TokenEndpoint, form, null, cancellationToken);
        var token = body.ValueKind == JsonValueKind.Object ? TokenRules.Text(body, "access_token") : null;
        if (status == HttpStatusCode.OK && !string.IsNullOrEmpty(token) && !token.Any(char.IsControl))
        {
            return new IssuedToken(token, Expiry(body, time), TokenRules.Text(body, "refresh_token"));
        }

        throw Refusal(file.TokenEndpoint, status, body);
    }

    // The description may be long and may repeat what was sent; the code is one of a few words.
    private static IOException Refusal(string url, HttpStatusCode status, JsonElement body)
    {
        var code = body.ValueKind == JsonValueKind.Object ? TokenRules.Text(body, "error") : null;
        return code is { Length: > 0 and <= 64 } && code.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? new TokenRefusedException($"{url} refuses: {code}", code)
            : new IOException($"{url} answered {(int)status} without a token");
    }

    private static DateTimeOffset Expiry(JsonElement body, TimeProvider time) => time.GetUtcNow().AddSeconds(
        body.TryGetProperty("expires_in", out var value)
        && (value.ValueKind == JsonValueKind.Number ? value.TryGetInt32(out var seconds) : int.TryParse(TokenRules.Text(body, "expires_in"), out seconds))
        && seconds >= 0
            ? seconds
            : UsualSeconds);
}
