using System.Net;
using System.Net.Sockets;
using Estafeta.Daemons.Smtpd.Wire;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// smtpd(8): the SMTP server. Runs thousands of sessions in one process; mail goes to cleanup, which alone decides when it is accepted.
/// </summary>
public sealed class SmtpdDaemon(ICleanup cleanup) : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        await using var service = new SmtpdService(context, cleanup);
        var sessions = new List<Task>();
        foreach (var listener in context.Listeners)
        {
            sessions.Add(AcceptAsync(listener.Socket, service, context, stopping));
        }

        await Task.WhenAll(sessions);
    }

    private static async Task AcceptAsync(Socket listener, SmtpdService service, ServiceContext context, CancellationToken stopping)
    {
        var sessions = new HashSet<Task>();
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            sessions.RemoveWhere(static t => t.IsCompleted);
            sessions.Add(ServeAsync(service, socket, context));
        }

        await Task.WhenAll(sessions);
    }

    private static async Task ServeAsync(SmtpdService service, Socket socket, ServiceContext context)
    {
        await Task.Yield();
        try
        {
            await ServeAsync(service, socket, CancellationToken.None);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            context.Log.Error($"session failed: {fault}");
        }
    }

    private static async Task ServeAsync(SmtpdService service, Socket socket, CancellationToken closing)
    {
        if (socket.RemoteEndPoint is not IPEndPoint client)
        {
            return;
        }

        socket.NoDelay = true;
        var deadline = service.Deadlines.Create();
        var wire = new ClientWire(new NetworkStream(socket, ownsSocket: true), socket, deadline, service.Limits);
        try
        {
            var peer = ClientPeer.FromEndPoints(client, socket.LocalEndPoint as IPEndPoint);
            var session = new SmtpdSession(service, wire, peer.WithNames(service.Settings.ClientPortLogging));
            await session.RunAsync(closing);
        }
        finally
        {
            await wire.DisposeAsync();
            service.Deadlines.Remove(deadline);
        }
    }
}
