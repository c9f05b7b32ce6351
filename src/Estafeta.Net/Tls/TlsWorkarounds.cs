using System.Globalization;

namespace Estafeta.Net.Tls;

/// <summary>
/// tls_disable_workarounds: OpenSSL's bug workarounds (SSL_OP_ALL) less those named, with or without SSL_OP_, or given as a number. Names of workarounds that
/// OpenSSL has given up mean nothing.
/// </summary>
public static class TlsWorkarounds
{
    private const ulong CryptoProTlsExtension = 1UL << 31;
    private const ulong NoEmptyFragments = 1UL << 11;
    private const ulong TlsExtensionPadding = 1UL << 4;
    private const ulong SafariEcdheEcdsa = 1UL << 6;
    private const ulong All = CryptoProTlsExtension | NoEmptyFragments | TlsExtensionPadding | SafariEcdheEcdsa;

    /// <summary>The options to set.</summary>
    public static ulong Without(string disabled)
    {
        var options = All;
        foreach (var word in disabled.Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            options &= ~Bit(word.StartsWith("SSL_OP_", StringComparison.OrdinalIgnoreCase) ? word[7..] : word);
        }

        return options;
    }

    private static ulong Bit(string word) => word.ToUpperInvariant() switch
    {
        "CRYPTOPRO_TLSEXT_BUG" => CryptoProTlsExtension,
        "DONT_INSERT_EMPTY_FRAGMENTS" => NoEmptyFragments,
        "TLSEXT_PADDING" => TlsExtensionPadding,
        "SAFARI_ECDHE_ECDSA_BUG" => SafariEcdheEcdsa,
        var text when text.StartsWith("0X", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits) => bits,
        _ => 0,
    };
}
