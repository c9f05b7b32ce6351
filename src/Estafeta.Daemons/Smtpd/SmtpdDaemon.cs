using Estafeta.Services.Hosting;
using Estafeta.Services.Passing;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// smtpd(8): the SMTP server. Runs thousands of sessions in one process; mail goes to cleanup, which alone decides when it is accepted.
/// </summary>
public sealed class SmtpdDaemon : IDaemon, IAsyncDisposable
{
    // Type of the services that get their clients from postscreen(8), which has heard the proxy already if there is one.
    private const string Passed = "pass";

    private readonly SmtpdService _service;

    public SmtpdDaemon(ServiceContext context, SmtpdPartners partners) => _service = new SmtpdService(context, partners);

    public Task RunAsync(ServiceContext context, CancellationToken stopping) => Task.WhenAll(
        _service.TicketRenewal?.RunAsync(stopping) ?? Task.CompletedTask,
        new SessionServer(context).RunAsync(start => context.ServiceType == Passed ? ReceiveAsync(start) : ServeAsync(start, ConnectionEnds.Of(start.Socket), isPassed: false), stopping));

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    // A connection of postscreen's brings its client with it.
    private async Task ReceiveAsync(SessionStart start)
    {
        if (await PassReceiver.ReceiveAsync(start.Socket, _service.Time) is { } received)
        {
            await ServeAsync(start with { Socket = received.Client }, received.Ends, isPassed: true);
        }
    }

    private async Task ServeAsync(SessionStart start, ConnectionEnds? connected, bool isPassed)
    {
        if (connected == null)
        {
            return; // gone before it was looked at
        }

        var service = _service;
        start.Socket.NoDelay = true;
        var profile = start.IsStressed ? service.Stressed : service.Plain;
        var deadline = service.Deadlines.Create();
        var wire = new ClientWire(new SocketStream(start.Socket, ownsSocket: true), start.Socket, deadline, profile.Limits);
        try
        {
            using var closing = start.Closing.UnsafeRegister(static d => ((Deadline)d!).Close(), deadline); // ends before the deadline does
            var ends = isPassed || service.UpstreamProxy == null ? connected : await service.UpstreamProxy.IdentifyAsync(start.Socket, connected, deadline.Token);
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
