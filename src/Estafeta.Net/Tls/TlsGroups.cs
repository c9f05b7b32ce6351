namespace Estafeta.Net.Tls;

/// <summary>
/// tls_eecdh_auto_curves and tls_ffdhe_auto_groups as one OpenSSL groups list: finite-field groups exist for TLS 1.3 only and come last.
/// Names this library does not know are left out, so that a list for a newer OpenSSL works with an older one.
/// </summary>
public static class TlsGroups
{
    // OpenSSL 3.0 knows these; ML-KEM hybrids came with 3.5.
    private static readonly string[] Known =
    [
        "X25519", "X448", "prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521", "brainpoolP256r1", "brainpoolP384r1",
        "brainpoolP512r1", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192",
    ];

    public static string Usable(IEnumerable<string> curves, IEnumerable<string> groups) =>
        string.Join(':', curves.Concat(groups).Where(name => Known.Contains(name, StringComparer.OrdinalIgnoreCase)));
}
