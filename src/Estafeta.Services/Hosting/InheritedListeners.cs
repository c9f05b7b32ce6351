using System.Net.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>The listening sockets master left in our descriptors, after the control channel.</summary>
public static class InheritedListeners
{
    public static IReadOnlyList<ListeningSocket> Open(int count)
    {
        var listeners = new List<ListeningSocket>(count);
        for (var i = 0; i < count; i++)
        {
            listeners.Add(Adopt(ControlMessage.Descriptor + 1 + i));
        }

        return listeners;
    }

    public static ListeningSocket Adopt(int descriptor) => new(new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)));
}
