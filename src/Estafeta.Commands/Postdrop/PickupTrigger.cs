using System.Net.Sockets;

namespace Estafeta.Commands.Postdrop;

/// <summary>Tells pickup that there is new mail. When it is not there the mail waits in maildrop until it is.</summary>
internal static class PickupTrigger
{
    private static readonly byte[] WakeUp = "W"u8.ToArray();

    public static async ValueTask SendAsync(string socketPath, TimeSpan timeout)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), limit.Token);
            await socket.SendAsync(WakeUp, limit.Token);
        }
        catch (SocketException)
        {
            // The mail system is down, or starting: pickup looks through maildrop when it starts.
        }
        catch (OperationCanceledException)
        {
            // Busy: pickup looks again at its next wake-up.
        }
    }
}
