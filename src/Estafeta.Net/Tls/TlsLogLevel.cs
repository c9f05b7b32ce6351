using System.Globalization;

namespace Estafeta.Net.Tls;

/// <summary>smtpd_tls_loglevel and its kin: numbers, or since 3.9 names.</summary>
public static class TlsLogLevel
{
    public static int Parse(string text) => text.ToLowerInvariant() switch
    {
        "none" => 0,
        "routine" => 1,
        "debug" or "ssl-expert" => 2,
        "ssl-debug" or "ssl-handshake-packet-dump" => 3,
        "ssl-developer" or "ssl-session-packet-dump" => 4,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
    };
}
