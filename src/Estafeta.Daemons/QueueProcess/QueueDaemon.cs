using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.QueueManager;
using Estafeta.Daemons.Tlsmgr;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage.Log;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// The queue process: opens the store, runs the queue manager, and serves cleanup, pickup, bounce, showq, flush and their like as master.cf
/// has them. Master assigns the services over the control channel, at the start and at every reload; a reload changes everything but
/// the messages under way.
/// </summary>
public sealed class QueueDaemon : IDaemon, IMasterListener
{
    // What a stop leaves the store for its last writes.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(1);
    private readonly ServiceSets _sets = new();
    private readonly CurrentGeneration _current = new();

    public void Receive(byte[] message, IReadOnlyList<int> descriptors) => _sets.Receive(message, descriptors);

    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        var log = context.OpenLog!(context.Parameters.Get(Parameters.SyslogName), "qmgr"); // a process always gives it
        await using var store = SegmentedLogStore.Open(new StoreOptions
        {
            QueueDirectory = ".",
            Warn = log.Warning,
            Time = context.Time,
        });
        var services = await _sets.NextAsync(stopping);
        var parameters = QueueManagerParameters(services, context.Parameters, context);
        var verify = new VerifyHost(_current);
        var requeuing = new Requeuing(store, _current, context.Time);
        await using var manager = new QueueManagerService(
            QueueManagerSettings.Read(parameters, log.Warning), store, _current, _current.SettingsOf, _current.AgentFor, _current.NotifyAsync, log, context.Time,
            verify.ProbeFinishedAsync, _current.ForProbes)
        {
            Requeued = requeuing.Trigger,
        };
        var active = manager.ActiveMessages;
        var numbers = new QueueNumbers();
        await using var parts = new QueueParts(
            store,
            numbers,
            manager,
            new QueueListing(store, active),
            new QueueAdministration(store, active, requeuing.Trigger, context.Time),
            requeuing,
            _current,
            new LastingConnections(),
            verify,
            new TlsmgrState(context.Time));

        var servers = await StartAsync(services, context, parts);
        using var aborting = new CancellationTokenSource();
        await using var abort = context.Closing.Register(() => aborting.CancelAfter(PatienceOf(parameters)));
        var managing = manager.RunAsync(stopping, aborting.Token);
        var collecting = requeuing.RunAsync(stopping);
        await using var control = new ControlServer(parts, log);
        servers = await FollowReloadsAsync(servers, services, managing, context, parts, stopping);

        // What comes in ends before what goes out.
        await servers.DisposeAsync();
        await parts.Connections.DisposeAsync();
        await collecting;
        await managing;
    }

    private static ParameterSet QueueManagerParameters(IReadOnlyList<HostedService> services, ParameterSet mainCf, ServiceContext process) =>
        services.FirstOrDefault(s => s.Program is "qmgr" or "nqmgr" or "oqmgr")?.CreateContext(mainCf, process).Parameters ?? mainCf;

    private static TimeSpan PatienceOf(ParameterSet parameters) =>
        parameters.Get(Parameters.EstafetaStopTime) is var time && time > 2 * CloseTime ? time - CloseTime : time / 2;

    private async Task<GenerationServers> StartAsync(IReadOnlyList<HostedService> services, ServiceContext context, QueueParts parts)
    {
        var generation = QueueGeneration.Create(services, context, parts.Store, parts.Manager, parts.Numbers);

        // Two owners: whoever asks for the current one, and its servers.
        generation.TryEnter();
        await _current.SetAsync(generation);
        var servers = new GenerationServers(generation, parts);
        servers.Start();
        return servers;
    }

    private async Task RetireAsync(GenerationServers servers, IReadOnlyList<HostedService> services)
    {
        await servers.DisposeAsync();
        _sets.Retire(services);
    }

    private async Task<GenerationServers> FollowReloadsAsync(
        GenerationServers servers,
        IReadOnlyList<HostedService> services,
        Task managing,
        ServiceContext context,
        QueueParts parts,
        CancellationToken stopping)
    {
        var draining = new List<Task>();
        while (true)
        {
            IReadOnlyList<HostedService> assigned;
            try
            {
                assigned = await NextSetAsync(managing, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                await Task.WhenAll(draining);
                return servers;
            }

            try
            {
                var mainCf = ParameterSet.Load(context.Parameters.ConfigDirectory);
                var settings = QueueManagerSettings.Read(QueueManagerParameters(assigned, mainCf, context), context.Log.Warning);
                var next = await StartAsync(assigned, context, parts);
                draining.RemoveAll(static t => t.IsCompleted);
                draining.Add(RetireAsync(servers, services));
                (servers, services) = (next, assigned);
                parts.Manager.Reload(settings, _current);
            }
            catch (Exception e) when (e is ConfigurationException or FormatException or IOException)
            {
                context.Log.Error($"reload failed, the old configuration stays in use: {e.Message}");
                _sets.Retire(assigned);
            }
        }
    }

    // A queue manager that ends unasked is a bug of ours: the process ends with its exception, and master starts another.
    private async Task<IReadOnlyList<HostedService>> NextSetAsync(Task managing, CancellationToken stopping)
    {
        var next = _sets.NextAsync(stopping).AsTask();
        if (await Task.WhenAny(next, managing) == managing && !stopping.IsCancellationRequested)
        {
            await managing;
            throw new InvalidOperationException("the queue manager ended unasked");
        }

        return await next;
    }
}
