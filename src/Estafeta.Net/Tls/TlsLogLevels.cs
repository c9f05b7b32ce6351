using Estafeta.Tables;

namespace Estafeta.Net.Tls;

/// <summary>smtpd_tls_loglevel and smtp_tls_loglevel, and for single peers smtpd_tls_loglevel_maps and smtp_tls_loglevel_maps: by host name, then by address.</summary>
public sealed class TlsLogLevels(int level, MapList byPeer)
{
    public async ValueTask<int> FindAsync(string host, string address, CancellationToken cancellationToken)
    {
        if (byPeer.IsEmpty)
        {
            return level;
        }

        var found = await byPeer.LookupAsync(host, cancellationToken);
        if (!found.IsFound)
        {
            found = await byPeer.LookupAsync(address, cancellationToken);
        }

        // Trouble costs the finer log, never the session.
        return found.IsFound ? TlsLogLevel.Parse((found.Value ?? "").Trim()) : level;
    }
}
