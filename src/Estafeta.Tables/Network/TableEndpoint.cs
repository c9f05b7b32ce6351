using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration.Interfaces;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tables.Network;

/// <summary>A table's server takes no connection.</summary>
public sealed class TableConnectException(SocketException cause, AddressFamily family) : IOException(ConnectFailure.Describe(cause, family), cause);

/// <summary>Where a table's server listens: <c>inet:host:port</c>, <c>unix:/path</c>, or <c>host:port</c>.</summary>
public sealed class TableEndpoint
{
    private readonly string? _path;
    private readonly string _host = "";
    private readonly int _port;

    private TableEndpoint(string text, string path)
    {
        Text = text;
        _path = path;
    }

    private TableEndpoint(string text, string host, int port) => (Text, _host, _port) = (text, host, port);

    /// <summary>As in the configuration, without <c>inet:</c> or <c>unix:</c>, for logs.</summary>
    public string Text { get; }

    /// <exception cref="TableUnavailableException">It is none of the forms, or the port is unknown.</exception>
    public static TableEndpoint Parse(string text, TableSet tables)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return new TableEndpoint(text[5..], text[5..]);
        }

        var bare = text.StartsWith("inet:", StringComparison.Ordinal) ? text[5..] : text;
        var colon = bare.LastIndexOf(':');
        if (colon < 1 || bare[^1] == ']')
        {
            throw new TableUnavailableException($"bad endpoint \"{text}\": need inet:host:port or unix:pathname");
        }

        var port = bare[(colon + 1)..];
        return new TableEndpoint(bare, bare[..colon].Trim('[', ']'), TcpServices.Load(tables.Parameters).Find(port)
            ?? throw new TableUnavailableException($"unknown service: {port}/tcp"));
    }

    /// <summary>A connected socket; each address of the host is tried.</summary>
    /// <exception cref="TableConnectException">No address answers.</exception>
    public async ValueTask<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_path != null)
            {
                return await ConnectAsync(new UnixDomainSocketEndPoint(_path), AddressFamily.Unix, cancellationToken);
            }

            return await ConnectAsync(await Dns.GetHostAddressesAsync(_host, cancellationToken), cancellationToken);
        }
        catch (SocketException e)
        {
            throw new TableConnectException(e, _path != null ? AddressFamily.Unix : AddressFamily.Unspecified);
        }
    }

    private async ValueTask<Socket> ConnectAsync(IPAddress[] addresses, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], _port), addresses[i].AddressFamily, cancellationToken);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // The next address may answer.
            }
        }
    }

    private static async ValueTask<Socket> ConnectAsync(EndPoint endPoint, AddressFamily family, CancellationToken cancellationToken)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (family != AddressFamily.Unix)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(endPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
