using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// postscreen(8): stands before smtpd and decides which clients may talk to it. Does the work of dnsblog(8) and tlsproxy(8) itself. One
/// process for all clients; those that are waited for have no thread.
/// </summary>
public sealed class PostscreenDaemon : IDaemon, IAsyncDisposable
{
    private readonly PostscreenService _service;

    public PostscreenDaemon(ServiceContext context, PostscreenPartners partners) => _service = new PostscreenService(context, partners);

    public async Task RunAsync(ServiceContext context, CancellationToken stopping) => await Task.WhenAll(
        _service.Cache?.RunAsync(stopping) ?? Task.CompletedTask,
        _service.TicketRenewal?.RunAsync(stopping) ?? Task.CompletedTask,

        // The entry's process limit is 1; how many clients there may be is said by postscreen_pre_queue_limit.
        new SessionServer(context with { ProcessLimit = 0 }).RunAsync(start => new ScreeningSession(_service, start).RunAsync(), stopping));

    public ValueTask DisposeAsync() => _service.DisposeAsync();
}
