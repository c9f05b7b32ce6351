using System.Collections.Concurrent;

namespace Estafeta.Services.Delivery;

/// <summary>The agents of all transports of master.cf as one process reaches them: each connected to when it is used. Thread-safe.</summary>
public sealed class RemoteTransports(TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RemoteDeliveryAgent> _agents = new(StringComparer.Ordinal);

    public IDeliveryAgent Find(string transport) =>
        _agents.GetOrAdd(transport, static (name, time) => new RemoteDeliveryAgent($"private/{name}", time), time);

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents.Values)
        {
            await agent.DisposeAsync();
        }
    }
}
