using Estafeta.Queue.Scheduling;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Delivery;
using Estafeta.Services.Notifications;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// What the queue manager, which outlives reloads, sees of the configuration: each call goes to the generation that is current when
/// it begins, and that one stays open until the call ends.
/// </summary>
internal sealed class CurrentGeneration : IAddressResolver, ICleanup
{
    private QueueGeneration? _current;

    /// <summary>Makes it the current one; the one before is let go.</summary>
    public async ValueTask SetAsync(QueueGeneration generation)
    {
        if (Interlocked.Exchange(ref _current, generation) is { } old)
        {
            await old.DisposeAsync();
        }
    }

    public string Rewrite(string address, bool localContext) => Current.Resolver.Rewrite(address, localContext);

    public async ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken)
    {
        var generation = Enter();
        try
        {
            return await generation.Resolver.ResolveAsync(sender, address, cancellationToken);
        }
        finally
        {
            await generation.LeaveAsync();
        }
    }

    /// <summary>The same for probes.</summary>
    public IAddressResolver ForProbes => new ProbeRoutes(this);

    public async ValueTask<bool> NotifyAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        var generation = Enter();
        try
        {
            return await generation.Notifications.SendAsync(request, cancellationToken);
        }
        finally
        {
            await generation.LeaveAsync();
        }
    }

    public async ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var generation = Enter();
        try
        {
            return new LeasedTransaction(await generation.Cleanup.BeginAsync(request, cancellationToken), generation);
        }
        catch
        {
            await generation.LeaveAsync();
            throw;
        }
    }

    public TransportSettings SettingsOf(string transport) => Current.Transports.SettingsOf(transport);

    public IDeliveryAgent AgentFor(string transport) => new LeasedAgent(this, transport);

    private QueueGeneration Current => _current ?? throw new InvalidOperationException("no configuration yet");

    /// <summary>The current generation, kept open until its <see cref="QueueGeneration.LeaveAsync"/>.</summary>
    public QueueGeneration Enter()
    {
        while (true)
        {
            var generation = Current;
            if (generation.TryEnter())
            {
                return generation;
            }
        }
    }

    private sealed class ProbeRoutes(CurrentGeneration owner) : IAddressResolver
    {
        public string Rewrite(string address, bool localContext) => owner.Rewrite(address, localContext);

        public async ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken)
        {
            var generation = owner.Enter();
            try
            {
                return await generation.ProbeResolver.ResolveAsync(sender, address, cancellationToken);
            }
            finally
            {
                await generation.LeaveAsync();
            }
        }
    }

    private sealed class LeasedAgent(CurrentGeneration owner, string transport) : IDeliveryAgent
    {
        public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
        {
            var generation = owner.Enter();
            try
            {
                return await generation.Transports.AgentFor(transport).DeliverAsync(request, report, cancellationToken);
            }
            finally
            {
                await generation.LeaveAsync();
            }
        }
    }
}
