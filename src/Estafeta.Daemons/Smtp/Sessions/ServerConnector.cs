using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Sasl.Client;
using Estafeta.Services.Logging;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtp;

/// <summary>Opens connections, from smtp_bind_address when there is one. A TCP connection that cannot be made is logged once, as Postfix does.</summary>
internal sealed class ServerConnector(
    SmtpClientSettings settings, RoutingSettings routing, SmtpClientTables tables, IMailLog log, TimeProvider time)
{
    public async ValueTask<(SmtpSession? Session, SessionFailure? Failure)> ConnectAsync(
        ServerAddress server, Destination destination, TlsPolicy policy, SaslCredentials? credentials, string queueId, CancellationToken cancellationToken)
    {
        var socket = server.EndPoint == null
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (server.EndPoint != null)
            {
                TcpWindow.Limit(socket, routing.TcpWindow);
            }

            if (server.EndPoint != null && !TryBind(socket, server.EndPoint.AddressFamily))
            {
                socket.Dispose();
                return (null, SessionFailure.Local("4.4.0", $"cannot bind to the address configured for {server.EndPoint.AddressFamily}", true));
            }

            EndPoint endPoint = server.EndPoint ?? (EndPoint)new UnixDomainSocketEndPoint(server.SocketPath ?? "");
            if (settings.Timeouts.Connect > TimeSpan.Zero)
            {
                using var limit = new CancellationTokenSource(settings.Timeouts.Connect, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await socket.ConnectAsync(endPoint, either.Token);
            }
            else
            {
                await socket.ConnectAsync(endPoint, cancellationToken);
            }
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            return (null, Failed(server, e as SocketException ?? new SocketException((int)SocketError.TimedOut)));
        }

        return (await OpenAsync(server, destination, policy, credentials, socket, queueId, cancellationToken), null);
    }

    private async ValueTask<SmtpSession> OpenAsync(
        ServerAddress server, Destination destination, TlsPolicy policy, SaslCredentials? credentials, Socket socket, string queueId, CancellationToken cancellationToken)
    {
        var parser = new ReplyParser(server.Relay, settings.IsLmtp ? "LMTP" : "ESMTP", settings.ReplyLengthLimit, log) { QueueId = queueId };
        var trace = await IsDebuggedAsync(server, destination, cancellationToken) ? new PeerTrace(log, server.Relay, settings.DebugPeerLevel) : default;
        var connection = new SmtpConnection(socket, server.Relay, parser, tables.ReplyFilter, settings.ReplyLengthLimit, trace, log, time)
        {
            HasReplyDeadline = settings.MinimumDataRate != null,
        };
        return new SmtpSession(server, connection, time.GetTimestamp()) { Policy = policy, Credentials = credentials };
    }

    // By next hop, name or address.
    private async ValueTask<bool> IsDebuggedAsync(ServerAddress server, Destination destination, CancellationToken cancellationToken) =>
        !tables.DebugPeers.IsEmpty
        && ((await tables.DebugPeers.MatchAsync(server.HostName, server.EndPoint?.Address, cancellationToken)).IsFound
            || (destination.Host.Length > 0 && (await tables.DebugPeers.MatchAsync(destination.Host, null, cancellationToken)).IsFound));

    private SessionFailure Failed(ServerAddress server, SocketException e)
    {
        var reason = $"connect to {server.Relay}: {ConnectFailure.Describe(e, server.EndPoint?.AddressFamily ?? AddressFamily.Unix)}";
        if (server.EndPoint != null)
        {
            log.Info(reason);
        }

        return SessionFailure.Local("4.4.1", reason, true);
    }

    private bool TryBind(Socket socket, AddressFamily family)
    {
        if ((family == AddressFamily.InterNetwork ? routing.BindAddress : routing.BindAddress6) is not { } address)
        {
            return true;
        }

        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException e)
        {
            log.Warning($"smtp_connect_addr: bind {address}: {e.Message}");
            return !routing.EnforcesBindAddress;
        }
    }
}
