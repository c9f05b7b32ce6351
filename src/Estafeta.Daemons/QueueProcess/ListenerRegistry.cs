using System.Globalization;
using System.Net.Sockets;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// The listening sockets of the process, one object each however often master sends them. Two descriptors of the same socket in one
/// process would be trouble: .NET's edge-triggered polling registers the number of a descriptor, the kernel keeps that registration as long as
/// the socket lives elsewhere, and a later descriptor that happens to get the same number is never heard. Thread-safe.
/// </summary>
internal sealed class ListenerRegistry
{
    private readonly Dictionary<string, ListeningSocket> _known = new(StringComparer.Ordinal);

    /// <summary>Takes over a descriptor from master.</summary>
    public ListeningSocket Adopt(int descriptor)
    {
        var identity = IdentityOf(descriptor);
        lock (_known)
        {
            if (_known.TryGetValue(identity, out var known))
            {
                // Nothing has been done with it yet, so it is not registered anywhere.
                new SafeSocketHandle(descriptor, ownsHandle: true).Dispose();
                return known;
            }

            var listener = InheritedListeners.Adopt(descriptor);
            _known.Add(identity, listener);
            return listener;
        }
    }

    /// <summary>Closes the sockets that none of these services has any more.</summary>
    public void CloseAllBut(IEnumerable<HostedService> services)
    {
        var kept = services.SelectMany(s => s.Listeners).ToHashSet();
        lock (_known)
        {
            foreach (var (identity, listener) in _known.Where(k => !kept.Contains(k.Value)).ToArray())
            {
                _known.Remove(identity);
                listener.Socket.Dispose();
            }
        }
    }

    // "socket:[inode]".
    private static string IdentityOf(int descriptor) =>
        File.ResolveLinkTarget(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), returnFinalTarget: false)?.Name
        ?? throw new SocketException((int)SocketError.NotSocket);
}
