using System.Collections.Concurrent;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;
using Estafeta.Daemons.Discard;
using Estafeta.Daemons.Error;
using Estafeta.Queue.Scheduling;
using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>The delivery agents by transport name: error, retry and discard are objects here, all others are behind their sockets.</summary>
internal sealed class Transports : IAsyncDisposable
{
    private readonly ParameterSet _mainCf;
    private readonly Dictionary<string, int> _limits;
    private readonly Dictionary<string, IDeliveryAgent> _local;
    private readonly ConcurrentDictionary<string, RemoteDeliveryAgent> _remote = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    private Transports(ParameterSet mainCf, Dictionary<string, int> limits, Dictionary<string, IDeliveryAgent> local, TimeProvider time)
    {
        _mainCf = mainCf;
        _limits = limits;
        _local = local;
        _time = time;
    }

    public static Transports Create(ParameterSet mainCf, IEnumerable<ServiceContext> contexts, TimeProvider time)
    {
        var local = new Dictionary<string, IDeliveryAgent>(StringComparer.Ordinal);
        foreach (var context in contexts)
        {
            var log = new DeliveryLog(context.Log, context.Parameters);
            switch (context.ProgramName)
            {
                case "error":
                    // One program under two names: error bounces, retry defers.
                    var isRetry = context.ServiceName == "retry";
                    local[context.ServiceName] = new ErrorAgent(isRetry, context.Parameters.Get(Parameters.SoftBounce), log, time);
                    break;
                case "discard":
                    local[context.ServiceName] = new DiscardAgent(log, time);
                    break;
            }
        }

        return new Transports(mainCf, Limits(mainCf), local, time);
    }

    public IDeliveryAgent AgentFor(string transport) =>
        _local.TryGetValue(transport, out var agent) ? agent : _remote.GetOrAdd(transport, Connect);

    public TransportSettings SettingsOf(string transport) =>
        TransportSettings.Read(_mainCf, transport, _limits.GetValueOrDefault(transport, _mainCf.Get(Parameters.DefaultProcessLimit)));

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _remote.Values)
        {
            await agent.DisposeAsync();
        }
    }

    private RemoteDeliveryAgent Connect(string transport) => new("private/" + transport, _time);

    // The process limit of an agent's entry bounds its deliveries; estafeta_sessions_per_process multiplies it there as everywhere.
    private static Dictionary<string, int> Limits(ParameterSet mainCf)
    {
        var limits = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in MasterCfFile.Load(mainCf.ConfigDirectory).Entries.Where(e => e.Type == ServiceType.Unix))
        {
            var perProcess = mainCf.With(entry).Get(Parameters.EstafetaSessionsPerProcess);
            limits[entry.Name] = (entry.ProcessLimit ?? mainCf.Get(Parameters.DefaultProcessLimit)) * perProcess;
        }

        return limits;
    }
}
