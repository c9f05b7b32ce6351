using System.Net.Sockets;
using Estafeta.Services.Attributes;

namespace Estafeta.Services.QueueControl;

/// <summary>Asks flush(8) for a delivery attempt of all mail to a site (ETRN). Answers a <see cref="FlushStatus"/>.</summary>
public delegate ValueTask<string> SiteFlusher(string site, CancellationToken cancellationToken);

/// <summary>The flush service behind its socket, by Postfix's attribute protocol.</summary>
public static class RemoteFlush
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    /// <param name="socketPath"><c>public/flush</c>.</param>
    /// <param name="time">Limits how long it may take.</param>
    public static SiteFlusher At(string socketPath, TimeProvider time) => (site, cancellationToken) => FlushAsync(socketPath, site, time, cancellationToken);

    private static async ValueTask<string> FlushAsync(string socketPath, string site, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), both.Token);
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var writer = new AttributeWriter();
            writer.Write("request", "send_site");
            writer.Write("site", site);
            writer.End();
            await stream.WriteAsync(writer.Written, both.Token);
            var reply = await new AttributeReader(stream).ReadListAsync(both.Token);
            return reply?.GetValueOrDefault("status") ?? FlushStatus.Failed;
        }
        catch (Exception trouble) when (trouble is SocketException or IOException)
        {
            return FlushStatus.Failed;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FlushStatus.Failed;
        }
    }
}
