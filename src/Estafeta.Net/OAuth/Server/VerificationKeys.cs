using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Estafeta.Net.OAuth.Server;

/// <summary>
/// Public keys that sign tokens, from a JWK set (RFC 7517) or PEM text: RSA for RS* and PS*, elliptic curves for ES*. A shared secret (HS*)
/// and <c>none</c> are never taken: an attacker who may choose the algorithm would choose those.
/// </summary>
public sealed class VerificationKeys : IDisposable
{
    private readonly List<(string? Id, AsymmetricAlgorithm Key)> _keys = [];

    public int Count => _keys.Count;

    /// <exception cref="FormatException">Neither PEM nor a JWK set, or with a key that cannot be.</exception>
    public static VerificationKeys Parse(string text)
    {
        var keys = new VerificationKeys();
        try
        {
            if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            {
                keys.AddPem(text);
            }
            else
            {
                keys.AddSet(text);
            }

            return keys;
        }
        catch (Exception e) when (e is CryptographicException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            keys.Dispose();
            throw new FormatException($"not a key set: {e.Message}", e);
        }
    }

    /// <summary>By the key the token names, or by any when it names none.</summary>
    public bool Verifies(SignedToken token) => _keys.Exists(entry =>
        (token.KeyId == null || entry.Id == null || entry.Id == token.KeyId) && Verifies(entry.Key, token));

    public void Dispose() => _keys.ForEach(static entry => entry.Key.Dispose());

    private static bool Verifies(AsymmetricAlgorithm key, SignedToken token)
    {
        if (Hash(token.Algorithm) is not { } hash)
        {
            return false;
        }

        return (key, token.Algorithm[0]) switch
        {
            (RSA rsa, 'R') => rsa.VerifyData(token.Signed, token.Signature, hash, RSASignaturePadding.Pkcs1),
            (RSA rsa, 'P') => rsa.VerifyData(token.Signed, token.Signature, hash, RSASignaturePadding.Pss),
            (ECDsa ecdsa, 'E') => ecdsa.VerifyData(token.Signed, token.Signature, hash),
            _ => false,
        };
    }

    private static HashAlgorithmName? Hash(string algorithm) => algorithm switch
    {
        "RS256" or "PS256" or "ES256" => HashAlgorithmName.SHA256,
        "RS384" or "PS384" or "ES384" => HashAlgorithmName.SHA384,
        "RS512" or "PS512" or "ES512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    private void AddPem(string text)
    {
        var rest = text;
        while (PemEncoding.TryFind(rest, out var found))
        {
            var pem = rest[found.Location];
            if (rest[found.Label] == "CERTIFICATE")
            {
                throw new FormatException("a certificate is no key; give its public key");
            }

            try
            {
                _keys.Add((null, Import(RSA.Create(), pem)));
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                _keys.Add((null, Import(ECDsa.Create(), pem)));
            }

            rest = rest[found.Location.End..];
        }
    }

    private static T Import<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private void AddSet(string text)
    {
        using var document = JsonDocument.Parse(text);
        foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (TokenRules.Text(key, "use") is null or "sig" && Read(key) is { } algorithm)
            {
                _keys.Add((TokenRules.Text(key, "kid"), algorithm));
            }
        }
    }

    // Null for kinds of keys we cannot use: a set may hold others beside ours.
    private static AsymmetricAlgorithm? Read(JsonElement key) => TokenRules.Text(key, "kty") switch
    {
        "RSA" => RSA.Create(new RSAParameters { Modulus = Octets(key, "n"), Exponent = Octets(key, "e") }),
        "EC" when Curve(TokenRules.Text(key, "crv")) is { } curve =>
            ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Octets(key, "x"), Y = Octets(key, "y") } }),
        _ => null,
    };

    private static ECCurve? Curve(string? name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private static byte[] Octets(JsonElement key, string name) =>
        Base64Url.DecodeFromChars(TokenRules.Text(key, name) ?? throw new KeyNotFoundException($"key without {name}"));
}
