using System.Net;
using Estafeta.Services.Hosting;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// smtpd(8): the SMTP server. Runs thousands of sessions in one process; mail goes to cleanup, which alone decides when it is accepted.
/// </summary>
public sealed class SmtpdDaemon : IDaemon, IAsyncDisposable
{
    private readonly SmtpdService _service;

    public SmtpdDaemon(ServiceContext context, SmtpdPartners partners) => _service = new SmtpdService(context, partners);

    public Task RunAsync(ServiceContext context, CancellationToken stopping) => Task.WhenAll(
        _service.TicketRenewal?.RunAsync(stopping) ?? Task.CompletedTask,
        new SessionServer(context).RunAsync(start => ServeAsync(_service, start), stopping));

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static async Task ServeAsync(SmtpdService service, SessionStart start)
    {
        if (ConnectionEnds.Of(start.Socket) is not { } connected)
        {
            return; // gone before it was looked at
        }

        start.Socket.NoDelay = true;
        var profile = start.IsStressed ? service.Stressed : service.Plain;
        var deadline = service.Deadlines.Create();
        using var closing = start.Closing.UnsafeRegister(static d => ((Deadline)d!).Close(), deadline);
        var wire = new ClientWire(new SocketStream(start.Socket, ownsSocket: true), start.Socket, deadline, profile.Limits);
        try
        {
            var ends = service.UpstreamProxy == null ? connected : await service.UpstreamProxy.IdentifyAsync(start.Socket, connected, deadline.Token);
            var session = new SmtpdSession(service, profile, wire, ClientPeer.From(ends ?? connected));
            await (ends == null ? session.RefuseServiceAsync() : session.RunAsync(deadline.Token));
        }
        finally
        {
            await wire.DisposeAsync();
            service.Deadlines.Remove(deadline);
        }
    }
}
