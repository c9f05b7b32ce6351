using System.Collections.Concurrent;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>
/// Digests for fingerprints (smtpd_tls_fingerprint_digest, smtp_tls_fingerprint_digest): any that OpenSSL has by that name. One it has not means no TLS at
/// all, since a comparison with the wrong digest would let nobody in, or the wrong ones.
/// </summary>
public static class FingerprintDigest
{
    private const int MaximumOctets = 64;

    // Fetched once and kept.
    private static readonly ConcurrentDictionary<string, nint> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What to say of a name; null when there is such a digest.</summary>
    public static string? Complaint(string name) => Find(name) != 0 ? null : $"Digest algorithm \"{name}\" not found";

    /// <summary>Colon-separated upper-case hex.</summary>
    /// <exception cref="TlsException">There is no such digest.</exception>
    internal static string Format(string name, byte[] octets)
    {
        Span<byte> hash = stackalloc byte[MaximumOctets];
        return Find(name) is not 0 and var digest && LibCrypto.Digest(octets, (nuint)octets.Length, hash, out var length, digest, 0) == 1
            ? Colons(hash[..(int)length])
            : throw TlsContext.Failure(Complaint(name) ?? $"error computing {name} message digest");
    }

    private static nint Find(string name) => Known.GetOrAdd(name, static wanted =>
    {
        var digest = wanted.Length == 0 ? 0 : LibCrypto.FetchDigest(0, wanted, 0);
        LibCrypto.ClearErrors();
        return digest;
    });

    private static string Colons(ReadOnlySpan<byte> hash)
    {
        var text = new System.Text.StringBuilder(3 * hash.Length);
        foreach (var octet in hash)
        {
            text.Append(text.Length > 0 ? ":" : "").Append(octet.ToString("X2", null));
        }

        return text.ToString();
    }
}
