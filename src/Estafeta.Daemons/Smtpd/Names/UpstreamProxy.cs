using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Proxy;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Names;

/// <summary>
/// smtpd_upstream_proxy_protocol: clients come through a proxy that says first who they are. A connection without its word is refused,
/// whoever made it.
/// </summary>
internal sealed class UpstreamProxy(TimeSpan timeout, IMailLog log, TimeProvider time)
{
    /// <summary>Null when there is no proxy.</summary>
    public static UpstreamProxy? Create(ParameterSet parameters, IMailLog log, TimeProvider time) =>
        parameters.Get(Parameters.SmtpdUpstreamProxyProtocol) switch
        {
            "" => null,
            "haproxy" => new UpstreamProxy(parameters.Get(Parameters.SmtpdUpstreamProxyTimeout), log, time),
            var other => throw new ConfigurationException(
                $"unsupported upstream proxy protocol: \"{Parameters.SmtpdUpstreamProxyProtocol.Name} = {other}\""),
        };

    /// <summary>The client that the proxy speaks for; the proxy itself when it checks our health. Null when it said nothing sensible.</summary>
    /// <param name="socket">Nothing has been read from it.</param>
    /// <param name="connected">Its real ends.</param>
    /// <param name="closing">The service ends.</param>
    public async ValueTask<ClientPeer?> IdentifyAsync(Socket socket, ClientPeer connected, CancellationToken closing)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closing);
        try
        {
            var header = await ProxyHeaderReader.ReadAsync(socket, both.Token);
            if (ProxyHeaderParser.Parse(header.Span, out var ends) is { } problem)
            {
                log.Warning(header.IsEmpty ? "haproxy read: EOF" : $"haproxy read: {problem}: {SmtpdSession.Escape(header.Span)}");
                return null;
            }

            return ends.Client == null ? connected : ClientPeer.FromEndPoints(ends.Client, ends.Server);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            log.Warning("haproxy read: timeout error");
        }
        catch (OperationCanceledException)
        {
            log.Warning("haproxy read: the service ends");
        }
        catch (SocketException trouble)
        {
            log.Warning($"haproxy read: {trouble.Message}");
        }

        return null;
    }
}
