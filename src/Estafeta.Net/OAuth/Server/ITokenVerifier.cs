namespace Estafeta.Net.OAuth.Server;

/// <summary>Whether an access token a client shows is good, and whose it is: by keys (JWT) or by asking its issuer. Trouble is an <see cref="IOException"/>.</summary>
public interface ITokenVerifier
{
    ValueTask<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken);
}

/// <param name="User">Whose token it is; null when it is not good.</param>
/// <param name="Reason">For the log, why it is not good. Never holds any of the token.</param>
public readonly record struct TokenVerdict(string? User, string Reason)
{
    public bool IsGood => User != null;

    public static TokenVerdict Good(string user) => new(user, "");

    public static TokenVerdict Bad(string reason) => new(null, reason);
}
