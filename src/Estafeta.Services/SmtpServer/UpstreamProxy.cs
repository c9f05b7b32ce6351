using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Proxy;
using Estafeta.Services.Logging;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// smtpd_upstream_proxy_protocol, postscreen_upstream_proxy_protocol: clients come through a proxy that says first who they are. A
/// connection without its word is refused, whoever made it.
/// </summary>
public sealed class UpstreamProxy(TimeSpan timeout, string timeoutWords, IMailLog log, TimeProvider time)
{
    /// <summary>That of smtpd(8); null when there is no proxy.</summary>
    public static UpstreamProxy? ForSmtpd(ParameterSet parameters, IMailLog log, TimeProvider time) => IsNamed(parameters, Parameters.SmtpdUpstreamProxyProtocol)
        ? new UpstreamProxy(parameters.Get(Parameters.SmtpdUpstreamProxyTimeout), "timeout error", log, time)
        : null;

    /// <summary>That of postscreen(8), which words a timeout differently; null when there is no proxy.</summary>
    public static UpstreamProxy? ForPostscreen(
        ParameterSet parameters, Func<Socket, CancellationToken, Task<bool>> waitForInput, IMailLog log, TimeProvider time) => IsNamed(parameters, Parameters.PostscreenUpstreamProxyProtocol)
        ? new UpstreamProxy(parameters.Get(Parameters.PostscreenUpstreamProxyTimeout), "time limit exceeded", log, time) { WaitForInput = waitForInput }
        : null;

    /// <summary>How the first input is waited for, where .NET shall not do it; null: it does.</summary>
    public Func<Socket, CancellationToken, Task<bool>>? WaitForInput { get; init; }

    /// <summary>The client that the proxy speaks for; the proxy itself when it checks our health. Null when it said nothing sensible.</summary>
    /// <param name="socket">Nothing has been read from it.</param>
    /// <param name="connected">Its real ends.</param>
    /// <param name="closing">The service ends.</param>
    public async ValueTask<ConnectionEnds?> IdentifyAsync(Socket socket, ConnectionEnds connected, CancellationToken closing)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closing);
        try
        {
            if (WaitForInput != null && !await WaitForInput(socket, both.Token))
            {
                both.Token.ThrowIfCancellationRequested();
            }

            var header = await ProxyHeaderReader.ReadAsync(socket, both.Token);
            if (ProxyHeaderParser.Parse(header.Span, out var ends) is { } problem)
            {
                log.Warning(header.IsEmpty ? "haproxy read: EOF" : $"haproxy read: {problem}: {LogText.Escape(header.Span)}");
                return null;
            }

            return ends.Client == null ? connected : new ConnectionEnds(ends.Client, ends.Server);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            log.Warning($"haproxy read: {timeoutWords}");
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

    private static bool IsNamed(ParameterSet parameters, StringParameter parameter) => parameters.Get(parameter) switch
    {
        "" => false,
        "haproxy" => true,
        var other => throw new ConfigurationException($"unsupported upstream proxy protocol: \"{parameter.Name} = {other}\""),
    };
}
