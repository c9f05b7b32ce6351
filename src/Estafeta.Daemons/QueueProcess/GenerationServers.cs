using System.Runtime.CompilerServices;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Anvil;
using Estafeta.Daemons.Flush;
using Estafeta.Daemons.Pickup;
using Estafeta.Daemons.QueueManager;
using Estafeta.Daemons.Showq;
using Estafeta.Daemons.Tlsmgr;
using Estafeta.Queue.Administration;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;
using Estafeta.Services.Submission;
using Estafeta.Services.Verification;
using Estafeta.Tables.MatchLists;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// Everything that answers on the sockets of one generation. Stopped by a reload or the end, it takes nothing new and finishes what
/// it has; the next generation's servers are on the same sockets already.
/// </summary>
internal sealed class GenerationServers(QueueGeneration generation, QueueParts parts) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    /// <summary>Completes when the last client is served.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var servers = new List<Task>();
        foreach (var context in generation.Contexts)
        {
            servers.Add(ServeAsync(context));
        }

        await Task.WhenAll(servers);
        await generation.DisposeAsync();
    }

    private Task ServeAsync(ServiceContext context) => context.ProgramName switch
    {
        "anvil" => ServeAnvil(context),
        "cleanup" => ServeCleanup(context),
        "qmgr" or "nqmgr" or "oqmgr" => new TriggerServer(context).RunAsync(
            letters => parts.Manager.Request(QueueTriggers.Parse(letters.Span)), _stopping.Token),
        "pickup" => ServePickupAsync(context),
        "showq" => ServeShowqAsync(context),
        "flush" => ServeFlushAsync(context),
        "verify" => ServeVerify(context),
        "tlsmgr" => ServeTlsmgrAsync(context),
        "error" or "discard" => AgentServer.RunAsync(context, generation.Transports.AgentFor(context.ServiceName), _stopping.Token),
        _ => Task.CompletedTask,
    };

    private Task ServeCleanup(ServiceContext context)
    {
        var endpoint = new CleanupEndpoint(new CleanupEntry(parts.Current, parts.Manager.InFlow, context.ServiceName), parts.Numbers, context.Log, context.Time);
        var server = new IpcServer(CleanupEndpoint.Protocol, TrustedUsers(context), context.Log) { Greeting = endpoint.Greet };
        parts.Connections.Serve(context, server, endpoint.ServeAsync, _stopping.Token);
        return Task.CompletedTask;
    }

    private Task ServeVerify(ServiceContext context)
    {
        parts.Verify.Configure(context, ProbeSenderAddress.Create(context.Parameters, a => generation.Resolver.Rewrite(a, localContext: true)));
        var server = new IpcServer(VerificationEndpoint.Protocol, TrustedUsers(context), context.Log);
        parts.Connections.Serve(context, server, new VerificationEndpoint(parts.Verify).ServeAsync, _stopping.Token);
        return Task.CompletedTask;
    }

    private Task ServeAnvil(ServiceContext context)
    {
        var server = new IpcServer(ClientCountWire.Protocol, TrustedUsers(context), context.Log);
        parts.Connections.Serve(context, server, new AnvilEndpoint(parts.Anvil(context)).ServeAsync, _stopping.Token);
        return Task.CompletedTask;
    }

    private Task ServePickupAsync(ServiceContext context)
    {
        var settings = PickupSettings.Load(context.Parameters);
        var cleanup = new CleanupEntry(parts.Current, parts.Manager.InFlow, settings.CleanupServiceName);
        var pickup = new PickupService(settings, cleanup, context.Log, context.Time);
        return Task.WhenAll(
            pickup.RunAsync(_stopping.Token),
            new TriggerServer(context).RunAsync(
                _ =>
                {
                    pickup.Trigger();
                    parts.Requeuing.Trigger();
                },
                _stopping.Token));
    }

    private Task ServeShowqAsync(ServiceContext context)
    {
        var showq = new ShowqService(ListAsync);
        return new SessionServer(context).RunAsync(ServeAsync, _stopping.Token);

        // Just started, the store may not know all of its messages yet.
        async Task ServeAsync(SessionStart start)
        {
            await parts.Store.Recovered.WaitAsync(start.Closing);
            await showq.ServeAsync(start.Socket, start.Closing);
        }
    }

    // What pickup has not taken yet belongs to the listing.
    private async IAsyncEnumerable<ListedMessage> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in MaildropListing.ListAsync("maildrop", cancellationToken))
        {
            yield return ListedMessage.InMaildrop(message.Name, message.Time, message.Octets, message.Sender, message.Recipients);
        }

        await foreach (var message in parts.Listing.ListAsync(cancellationToken))
        {
            yield return message;
        }
    }

    private Task ServeFlushAsync(ServiceContext context)
    {
        var domains = DomainList.Open(
            Parameters.FastFlushDomains.Name, context.Parameters.Get(Parameters.FastFlushDomains), generation.OpenTables(context), withParents: true);
        var flush = new FlushService(
            parts.Store, domains, parts.Manager.Flush, () => parts.Manager.Request(ScanRequest.FlushDead), context.Log);
        return new SessionServer(context).RunAsync(start => flush.ServeAsync(start.Socket, start.Closing), _stopping.Token);
    }

    private async Task ServeTlsmgrAsync(ServiceContext context)
    {
        await using var tlsmgr = new TlsmgrService(context, parts.TlsState, generation.Cleanup);
        await tlsmgr.RunAsync(_stopping.Token);
    }

    private static Func<uint, bool> TrustedUsers(ServiceContext context)
    {
        var self = Privileges.EffectiveUid;
        var owner = Accounts.FindUser(context.Parameters.Get(Parameters.MailOwner))?.Uid ?? self;
        return user => user == 0 || user == self || user == owner;
    }
}
