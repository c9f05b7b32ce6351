using Estafeta.Daemons.Smtp;

namespace Estafeta.Commands.PosttlsFinger;

/// <summary>The values of -L.</summary>
internal static class FingerLog
{
    private const TlsProbeLog Debug = TlsProbeLog.Summary | TlsProbeLog.Steps | TlsProbeLog.Cache | TlsProbeLog.Certificate | TlsProbeLog.Verbose;

    public static TlsProbeLog Parse(string text, List<string> warnings)
    {
        var log = TlsProbeLog.None;
        foreach (var word in text.Split((char[])[' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            log |= word.ToLowerInvariant() switch
            {
                "0" or "none" => TlsProbeLog.None,
                "1" or "routine" or "summary" => TlsProbeLog.Summary,
                "2" or "debug" => Debug,

                // Packet dumps are for other tools: these show what "debug" shows.
                "3" or "ssl-expert" or "4" or "ssl-developer" or "ssl-handshake-packet-dump" or "ssl-session-packet-dump" or "trace" => Debug,
                "ssl-debug" => TlsProbeLog.Steps,
                "untrusted" => TlsProbeLog.None, // always on where it matters
                "peercert" => TlsProbeLog.Certificate,
                "certmatch" => TlsProbeLog.Match,
                "cache" => TlsProbeLog.Cache,
                "verbose" => TlsProbeLog.Verbose | TlsProbeLog.Certificate | TlsProbeLog.Cache,
                _ => Unknown(word),
            };
        }

        return log;

        TlsProbeLog Unknown(string word)
        {
            warnings.Add($"unknown -L option value \"{word}\" in \"{text}\"");
            return TlsProbeLog.None;
        }
    }
}
