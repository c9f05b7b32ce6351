using Estafeta.Net.Tls.Server;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Postscreen.Protocol;

/// <summary>STARTTLS: what Postfix leaves to tlsproxy(8), under whose name it is logged.</summary>
internal sealed partial class ProtocolSession
{
    private async ValueTask EncryptAsync(TlsServer server)
    {
        service.TlsLog.Info($"CONNECT from {client.Name}");
        if (service.TicketRenewal is { } renewal)
        {
            await renewal.WaitForKeysAsync(_cancellationToken);
        }

        var level = await service.TlsLogLevels.FindAsync("unknown", client.Address.ToString(), _cancellationToken);
        _tls = await wire.EncryptAsync(server, client.Name, level);
        if (_tls == null)
        {
            service.TlsLog.Info($"DISCONNECT {client.Name}");
            return; // the next read ends the session
        }

        // What was said in the clear is forgotten (RFC 3207 §4.2).
        _helo = "";
        _protocol = "SMTP";
        _sender = null;
        if (server.Settings.RequiresClientCertificate && !_tls.IsPeerVerified)
        {
            var reason = _tls.PeerCertificate == null ? "No client certificate presented" : "Client certificate not trusted";
            service.TlsLog.Info($"NOQUEUE: abort: TLS from {client.Name}: {reason}");
            await HangUpAsync($"421 4.7.1 {_settings.Myhostname} Error: {reason}");
        }
    }
}
