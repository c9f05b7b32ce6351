using System.Net.Sockets;
using Estafeta.Services.Logging;
using Estafeta.Unix.Sockets;

namespace Estafeta.Master;

/// <summary>The wakeup column of master.cf: a connection with one octet <c>W</c>, as Postfix's trigger protocol has it.</summary>
internal static class WakeupTrigger
{
    public static void Send(IReadOnlyList<Listener> listeners, IMailLog log)
    {
        foreach (var listener in listeners)
        {
            try
            {
                Send(listener.Address);
            }
            catch (SocketException e)
            {
                log.Warning($"wakeup {listener.Address}: {ConnectFailure.Describe(e, listener.Address.EndPoint?.AddressFamily ?? AddressFamily.Unix)}");
            }
            catch (IOException e)
            {
                log.Warning($"wakeup {listener.Address}: {e.Message}");
            }
        }
    }

    private static void Send(ListenerAddress address)
    {
        if (address.Kind == ListenerKind.Fifo)
        {
            using var fifo = new FileStream(address.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            fifo.WriteByte((byte)'W');
            return;
        }

        // Both are non-blocking: the listener's queue is ours to fill, and a full one means that it is awake.
        using var socket = address.EndPoint is { } endPoint
            ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Blocking = false;
        try
        {
            socket.Connect(address.EndPoint ?? (System.Net.EndPoint)new UnixDomainSocketEndPoint(address.Path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return;
        }

        socket.Send("W"u8);
    }
}
