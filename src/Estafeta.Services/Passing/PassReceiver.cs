using System.Net.Sockets;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Passing;

/// <summary>The receiving side of a <c>pass</c> service: takes a client's connection from one of ours.</summary>
public static class PassReceiver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The client's connection and its ends; null when none came, or the client has gone since.</summary>
    /// <param name="sender">The connection of who hands over, which is then closed: that says that we have it.</param>
    public static async ValueTask<(Socket Client, ConnectionEnds Ends)?> ReceiveAsync(Socket sender, TimeProvider time)
    {
        using (sender)
        {
            using var limit = new CancellationTokenSource(Patience, time);
            try
            {
                // .NET waits, our own recvmsg takes the message: .NET cannot receive descriptors.
                if (await sender.ReceiveAsync(new byte[1], SocketFlags.Peek, limit.Token) == 0)
                {
                    return null;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                return null; // whoever it was says nothing
            }

            return Take(sender);
        }
    }

    private static (Socket Client, ConnectionEnds Ends)? Take(Socket sender)
    {
        using var messages = MessageSocket.Borrow(sender);
        var octets = new byte[PassedConnection.MaxOctets];
        var descriptors = new List<int>(1);
        var length = messages.Receive(octets, descriptors);
        if (descriptors.Count == 0)
        {
            return null;
        }

        var handles = descriptors.ConvertAll(static d => new SafeSocketHandle(d, ownsHandle: true));
        for (var i = 1; i < handles.Count; i++)
        {
            handles[i].Dispose();
        }

        try
        {
            var client = new Socket(handles[0]);
            if (client.Connected && PassedConnection.Read(octets.AsSpan(0, length)) is { } ends)
            {
                return (client, ends);
            }

            client.Dispose();
        }
        catch (SocketException)
        {
            handles[0].Dispose(); // no socket, or not any more
        }

        return null;
    }
}
