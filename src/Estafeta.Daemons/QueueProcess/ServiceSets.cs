using System.Threading.Channels;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>Collects the services master assigns, message by message, into whole sets: one at the start and one at each reload.</summary>
internal sealed class ServiceSets
{
    private readonly Channel<IReadOnlyList<HostedService>> _complete = Channel.CreateBounded<IReadOnlyList<HostedService>>(8);
    private readonly ListenerRegistry _listeners = new();
    private readonly List<IReadOnlyList<HostedService>> _inUse = [];
    private List<HostedService> _collecting = [];

    public void Receive(byte[] message, IReadOnlyList<int> descriptors)
    {
        lock (_inUse)
        {
            switch (message[0])
            {
                case ControlMessage.Service:
                    _collecting.Add(new HostedService(ServiceAssignment.Parse(message), [.. descriptors.Select(_listeners.Adopt)]));
                    break;
                case ControlMessage.Apply:
                    // When eight reloads wait already, the last of them reads the same files.
                    if (_complete.Writer.TryWrite(_collecting))
                    {
                        _inUse.Add(_collecting);
                    }

                    _collecting = [];
                    break;
            }
        }
    }

    public ValueTask<IReadOnlyList<HostedService>> NextAsync(CancellationToken cancellationToken) => _complete.Reader.ReadAsync(cancellationToken);

    /// <summary>Nobody uses this set any more: sockets that no other set has are closed.</summary>
    public void Retire(IReadOnlyList<HostedService> set)
    {
        lock (_inUse)
        {
            _inUse.Remove(set);
            _listeners.CloseAllBut(_inUse.SelectMany(static s => s).Concat(_collecting));
        }
    }
}
