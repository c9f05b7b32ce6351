using System.Threading.Channels;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>Collects the services master assigns, message by message, into whole sets: one at the start and one at each reload.</summary>
internal sealed class ServiceSets
{
    private readonly Channel<IReadOnlyList<HostedService>> _complete = Channel.CreateBounded<IReadOnlyList<HostedService>>(8);
    private List<HostedService> _collecting = [];

    public void Receive(byte[] message, IReadOnlyList<int> descriptors)
    {
        switch (message[0])
        {
            case ControlMessage.Service:
                _collecting.Add(new HostedService(ServiceAssignment.Parse(message), [.. descriptors.Select(InheritedListeners.Adopt)]));
                break;
            case ControlMessage.Apply:
                if (!_complete.Writer.TryWrite(_collecting))
                {
                    // Eight reloads wait already; the last of them reads the same files.
                    _collecting.ForEach(s => s.Dispose());
                }

                _collecting = [];
                break;
        }
    }

    public ValueTask<IReadOnlyList<HostedService>> NextAsync(CancellationToken cancellationToken) => _complete.Reader.ReadAsync(cancellationToken);
}
