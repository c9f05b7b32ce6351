namespace Estafeta.Net.OAuth.Server;

/// <summary>
/// Checks tokens by the keys in a file (a JWK set or PEM), without asking anybody. A file that changed is read again; a bad new one keeps the
/// old keys and says so.
/// </summary>
public sealed class KeyedTokenVerifier(string path, TokenRules rules, Action<string> warn, TimeProvider time) : ITokenVerifier, IDisposable
{
    private readonly Lock _lock = new();
    private VerificationKeys? _keys;
    private DateTime _seen;

    public ValueTask<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (!SignedToken.TryParse(token, out var parsed))
        {
            return ValueTask.FromResult(TokenVerdict.Bad("not a signed token"));
        }

        lock (_lock)
        {
            return ValueTask.FromResult(Keys().Verifies(parsed!) // parsed above
                ? rules.Judge(parsed!.Claims, time.GetUtcNow())
                : TokenVerdict.Bad("token has no valid signature"));
        }
    }

    public void Dispose() => _keys?.Dispose();

    private VerificationKeys Keys()
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (_keys == null || written != _seen)
            {
                var keys = VerificationKeys.Parse(File.ReadAllText(path));
                _keys?.Dispose();
                (_keys, _seen) = (keys, written);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            if (_keys == null)
            {
                throw new IOException($"{path}: {e.Message}", e);
            }

            warn($"{path}: {e.Message}; the keys read before stay in use");
        }

        return _keys!; // set, or thrown above
    }
}
