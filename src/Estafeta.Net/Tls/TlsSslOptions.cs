using System.Globalization;
using Estafeta.Configuration;

namespace Estafeta.Net.Tls;

/// <summary>tls_ssl_options: names of OpenSSL options without their SSL_OP_ prefix, or a number in hexadecimal.</summary>
public static class TlsSslOptions
{
    private static readonly Dictionary<string, ulong> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ENABLE_MIDDLEBOX_COMPAT"] = 1UL << 20,
        ["LEGACY_SERVER_CONNECT"] = 1UL << 2,
        ["NO_TICKET"] = 1UL << 14,
        ["NO_COMPRESSION"] = 1UL << 17,
        ["NO_RENEGOTIATION"] = 1UL << 30,
        ["NO_SESSION_RESUMPTION_ON_RENEGOTIATION"] = 1UL << 16,
        ["PRIORITIZE_CHACHA"] = 1UL << 21,
        ["CIPHER_SERVER_PREFERENCE"] = 1UL << 22,
        ["NO_ANTI_REPLAY"] = 1UL << 24,
        ["NO_ENCRYPT_THEN_MAC"] = 1UL << 19,
        ["ALLOW_NO_DHE_KEX"] = 1UL << 10,
        ["IGNORE_UNEXPECTED_EOF"] = 1UL << 7,
    };

    public static ulong Parse(string value)
    {
        ulong options = 0;
        foreach (var word in value.Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            options |= Known.TryGetValue(word, out var bits) ? bits
                : word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && ulong.TryParse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out bits) ? bits
                : throw new ConfigurationException($"tls_ssl_options: unknown TLS option \"{word}\" in \"{value}\"");
        }

        return options;
    }
}
