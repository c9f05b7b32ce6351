using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// A password as stored: <c>{PLAIN}secret</c>, <c>{SHA512-CRYPT}$6$…</c> and every other crypt(3) form, <c>{SSHA}…</c>,
/// <c>{SSHA256}…</c>, <c>{SCRAM-SHA-256}iterations,salt,stored key,server key</c>. Without a scheme: crypt(3) when it starts with
/// <c>$</c>, else plain. The schemes and their spelling are Dovecot's.
/// </summary>
public sealed class StoredPassword
{
    private readonly string _scheme;
    private readonly string _value;

    private StoredPassword(string scheme, string value)
    {
        _scheme = scheme;
        _value = value;
    }

    /// <summary>The password itself, for mechanisms that need it; null when only a hash is stored.</summary>
    public string? Plain => _scheme is "PLAIN" or "CLEARTEXT" ? _value : null;

    /// <summary>Which challenge-response mechanisms this one can serve. A hash serves none, other users of the table may have better.</summary>
    public ServedMechanisms Serves => Plain != null ? ServedMechanisms.Everybody
        : ServedMechanisms.Some with
        {
            ScramSha1 = _scheme == "SCRAM-SHA-1" ? Served.Everybody : Served.Some,
            ScramSha256 = _scheme == "SCRAM-SHA-256" ? Served.Everybody : Served.Some,
        };

    public static StoredPassword Parse(string text)
    {
        if (text.StartsWith('{') && text.IndexOf('}') is > 0 and var end)
        {
            return new StoredPassword(text[1..end].ToUpperInvariant(), text[(end + 1)..]);
        }

        return new StoredPassword(text.StartsWith('$') ? "CRYPT" : "PLAIN", text);
    }

    /// <summary>
    /// Compares the password as it came and prepared (RFC 4013): a hash may have been made of either.
    /// Throws <see cref="IOException"/> for a scheme we do not know: that is our trouble, not a wrong password.
    /// </summary>
    public bool Matches(string password)
    {
        var prepared = SaslPrep.Password(password);
        return MatchesExactly(prepared) || (prepared != password && MatchesExactly(password));
    }

    private bool MatchesExactly(string password) => _scheme switch
    {
        "PLAIN" or "CLEARTEXT" => Same(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(SaslPrep.Password(_value))),
        "CRYPT" or "MD5-CRYPT" or "SHA256-CRYPT" or "SHA512-CRYPT" or "BLF-CRYPT" => CryptPassword.Matches(password, _value),
        "SHA" or "SHA1" => MatchesDigest(password, SHA1.HashData, 20),
        "SSHA" => MatchesDigest(password, SHA1.HashData, 20),
        "SHA256" or "SSHA256" => MatchesDigest(password, SHA256.HashData, 32),
        "SHA512" or "SSHA512" => MatchesDigest(password, SHA512.HashData, 64),
        "SCRAM-SHA-1" => Scram(HashAlgorithmName.SHA1)?.Matches(password) ?? false,
        "SCRAM-SHA-256" => Scram(HashAlgorithmName.SHA256)?.Matches(password) ?? false,
        _ => throw new IOException($"unknown password scheme {_scheme}"),
    };

    /// <summary>The verifier for a SCRAM mechanism, from a stored one of the same hash or made from the plain password.</summary>
    public ScramVerifier? Scram(HashAlgorithmName hash)
    {
        if (Plain is { } plain)
        {
            return ScramVerifier.Create(hash, SaslPrep.Password(plain), RandomNumberGenerator.GetBytes(16), ScramVerifier.DefaultIterations);
        }

        if (_scheme != (hash == HashAlgorithmName.SHA1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256"))
        {
            return null;
        }

        var parts = _value.Split(',');
        return parts.Length == 4
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            && SaslBase64.TryDecode(parts[1], out var salt)
            && SaslBase64.TryDecode(parts[2], out var stored)
            && SaslBase64.TryDecode(parts[3], out var server)
            ? new ScramVerifier(hash, iterations, salt, stored, server)
            : throw new IOException("malformed SCRAM verifier");
    }

    private bool MatchesDigest(string password, Func<byte[], byte[]> digest, int octets)
    {
        if (!SaslBase64.TryDecode(_value, out var stored) || stored.Length < octets)
        {
            throw new IOException($"malformed {_scheme} password");
        }

        byte[] salted = [.. Encoding.UTF8.GetBytes(password), .. stored.AsSpan(octets)];
        return Same(digest(salted), stored.AsSpan(0, octets));
    }

    private static bool Same(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);
}
