using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Lists;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>
/// smtpd_proxy_filter: an SMTP server that takes mail before the client hears that it was taken. Nothing goes to cleanup from here; what the
/// filter says at the end of the message is what the client is told. smtpd_proxy_options = speed_adjust receives the whole message first,
/// so that slow clients do not hold on to filters.
/// </summary>
internal sealed class ProxyFilter
{
    private ProxyFilter(string destination, string host, int port, string? path)
    {
        Destination = destination;
        Host = host;
        Port = port;
        Path = path;
    }

    /// <summary>As configured, for log lines.</summary>
    public string Destination { get; }

    public string Host { get; }

    public int Port { get; }

    /// <summary>Null for a network address.</summary>
    public string? Path { get; }

    public required string EhloName { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required bool AdjustsSpeed { get; init; }

    /// <summary>Where messages too long for memory wait for the filter.</summary>
    public required string Directory { get; init; }

    public required IMailLog Log { get; init; }

    /// <summary>Null without.</summary>
    public static ProxyFilter? Create(ParameterSet parameters, IMailLog log)
    {
        if (parameters.Get(Parameters.SmtpdProxyFilter) is not { Length: > 0 } destination)
        {
            return null;
        }

        var (host, port, path) = Parse(destination, TcpServices.Load(parameters));
        var incoming = System.IO.Path.Combine(parameters.Get(Parameters.QueueDirectory), "incoming");
        return new ProxyFilter(destination, host, port, path)
        {
            EhloName = parameters.Get(Parameters.SmtpdProxyEhlo),
            Timeout = parameters.Get(Parameters.SmtpdProxyTimeout),
            AdjustsSpeed = ReadOptions(parameters.Get(Parameters.SmtpdProxyOptions)),
            Directory = System.IO.Directory.Exists(incoming) ? incoming : System.IO.Path.GetTempPath(),
            Log = log,
        };
    }

    private static bool ReadOptions(string options)
    {
        var words = WordList.Split(options);
        return words.Find(static w => w != "speed_adjust") is { } unknown
            ? throw new ConfigurationException($"unknown {Parameters.SmtpdProxyOptions.Name} value: \"{unknown}\"")
            : words.Count > 0;
    }

    // unix:path, inet:host:port, host:port, :port, port; ports by number or name.
    private static (string Host, int Port, string? Path) Parse(string destination, TcpServices services)
    {
        if (destination.StartsWith("unix:", StringComparison.Ordinal))
        {
            return ("", 0, destination[5..]);
        }

        var address = destination.StartsWith("inet:", StringComparison.Ordinal) ? destination[5..] : destination;
        var colon = address.LastIndexOf(':');
        var host = colon <= 0 ? "localhost" : address[..colon].Trim('[', ']');
        var service = address[(colon + 1)..];
        return services.Find(service) is { } port
            ? (host, port, null)
            : throw new ConfigurationException($"{Parameters.SmtpdProxyFilter.Name}: bad port in \"{destination}\"");
    }

    /// <summary>A connected socket. Throws <see cref="SocketException"/>.</summary>
    public async ValueTask<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = Path == null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await (Path == null
                ? socket.ConnectAsync(Host, Port, cancellationToken)
                : socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
