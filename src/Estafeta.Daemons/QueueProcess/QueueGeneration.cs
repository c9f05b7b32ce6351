using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Cleanup;
using Estafeta.Queue;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Unix.Processes;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// What one configuration makes of the services in the queue process: their settings and tables, cleanup, bounce, the resolver and the
/// delivery agents in the process. A reload makes the next generation; this one is used to the end by whoever began with it.
/// </summary>
internal sealed class QueueGeneration : IAsyncDisposable
{
    private readonly List<TableSet> _tables = [];
    private int _users = 1;

    private QueueGeneration(IReadOnlyList<ServiceContext> contexts) => Contexts = contexts;

    public IReadOnlyList<ServiceContext> Contexts { get; }

    public required CleanupService Cleanup { get; init; }

    public required Notifications Notifications { get; init; }

    public required AddressResolver Resolver { get; init; }

    /// <summary>Routes probes: address_verify_*_transport and their like.</summary>
    public required AddressResolver ProbeResolver { get; init; }

    public required Transports Transports { get; init; }

    /// <summary>Throws <see cref="ConfigurationException"/>.</summary>
    public static QueueGeneration Create(
        IReadOnlyList<HostedService> services, ServiceContext process, IQueueStore store, IActiveQueue queue, QueueNumbers numbers)
    {
        var mainCf = ParameterSet.Load(process.Parameters.ConfigDirectory);
        var contexts = services.Select(s => s.CreateContext(mainCf, process)).ToList();
        var tables = new List<TableSet>();
        var rewrite = ContextOf("trivial-rewrite");
        var resolver = AddressResolver.Create(rewrite.Parameters, Open(rewrite, tables), rewrite.Log, rewrite.Time);
        var probeResolver = AddressResolver.Create(rewrite.Parameters, tables[0], rewrite.Log, rewrite.Time, forVerification: true);
        var cleanups = contexts.Where(c => c.ProgramName == "cleanup").ToDictionary(
            c => c.ServiceName,
            c => CleanupConfiguration.Create(c.Parameters, Open(c, tables), resolver, c.Log));
        Notifications? notifications = null;
        var exits = new CleanupExits(store, queue, (request, cancellationToken) => notifications!.SendAsync(request, cancellationToken), process.Time); // set below
        var cleanup = new CleanupService(cleanups, exits, numbers);
        notifications = new Notifications(mainCf, BounceNamed, cleanup);
        var generation = new QueueGeneration(contexts)
        {
            Cleanup = cleanup,
            Notifications = notifications,
            Resolver = resolver,
            ProbeResolver = probeResolver,
            Transports = Transports.Create(QueueManagerOf(contexts)?.Parameters ?? mainCf, contexts, process.Time),
        };
        generation._tables.AddRange(tables);
        return generation;

        ServiceContext BounceNamed(string name) =>
            contexts.Find(c => c.ProgramName == "bounce" && c.ServiceName == name) ?? MakeUp("bounce");

        ServiceContext ContextOf(string program) => contexts.Find(c => c.ProgramName == program) ?? MakeUp(program);

        // A service that master.cf does not have runs with main.cf alone.
        ServiceContext MakeUp(string program) => process with
        {
            Parameters = mainCf.With(new ProcessIdentity(program)),
            Log = process.OpenLog!(mainCf.Get(Parameters.SyslogName), program), // a process always gives it
        };
    }

    /// <summary>The qmgr entry.</summary>
    public static ServiceContext? QueueManagerOf(IEnumerable<ServiceContext> contexts) =>
        contexts.FirstOrDefault(c => c.ProgramName is "qmgr" or "nqmgr" or "oqmgr");

    public ServiceContext? Find(string program) => Contexts.FirstOrDefault(c => c.ProgramName == program);

    /// <summary>The tables of a service; closed with the generation.</summary>
    public TableSet OpenTables(ServiceContext context) => Open(context, _tables);

    /// <summary>Keeps it alive for one use; false when it has gone already.</summary>
    public bool TryEnter()
    {
        for (var users = Volatile.Read(ref _users); users > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                LoadScheduling.Note(users);
                return true;
            }

            users = seen;
        }

        return false;
    }

    public async ValueTask LeaveAsync()
    {
        if (Interlocked.Decrement(ref _users) is > 0 and var users)
        {
            LoadScheduling.Note(users);
            return;
        }

        foreach (var set in _tables)
        {
            await set.DisposeAsync();
        }

        await Transports.DisposeAsync();
    }

    /// <summary>No new users; those there are finish.</summary>
    public ValueTask DisposeAsync() => LeaveAsync();

    private static TableSet Open(ServiceContext context, List<TableSet> tables)
    {
        var set = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        tables.Add(set);
        return set;
    }
}
