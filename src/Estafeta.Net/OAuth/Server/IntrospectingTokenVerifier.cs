using System.Net;
using System.Text.Json;

namespace Estafeta.Net.OAuth.Server;

/// <summary>Asks the issuer about each token (RFC 7662): the way for tokens that mean nothing to us, and for revocation to hold at once.</summary>
public sealed class IntrospectingTokenVerifier(string url, (string Name, string Secret)? login, TokenRules rules, OAuthHttp http, TimeProvider time)
    : ITokenVerifier
{
    private readonly TokenRules _rules = rules with { NeedsExpiry = false };

    public async ValueTask<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        var (status, answer) = await http.PostAsync(url, [new("token", token), new("token_type_hint", "access_token")], login, cancellationToken);
        if (status != HttpStatusCode.OK || answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("active", out var active))
        {
            throw new IOException($"{url}: answered {(int)status}, without saying whether the token is active");
        }

        return active.ValueKind == JsonValueKind.True ? _rules.Judge(answer, time.GetUtcNow()) : TokenVerdict.Bad("token is not active");
    }
}
