using System.Net;
using System.Net.Sockets;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Load.Rows;

/// <summary>Clients that connect, read the greeting, and then say nothing: how many are held at once, and what each costs.</summary>
internal sealed class IdleRow(string name, int clients, params Figure[] figures) : Row(name, figures)
{
    public const string Held = "greeted";
    public const string Kilobytes = "KB/connection";

    // More clients than a server with a process each has processes wait in the kernel's queue, without a greeting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override double[] Run(MailServer server)
    {
        server.Start();
        var sockets = new List<Socket>(clients);
        try
        {
            // The first connection starts the process: that is not the price of a connection.
            Connect(server, sockets, 1);
            var greeted = AwaitGreetings(sockets);
            var before = ProcessTree.PssMegabytes(server.MasterPid);
            Connect(server, sockets, clients - 1);
            greeted = AwaitGreetings(sockets);
            var after = ProcessTree.PssMegabytes(server.MasterPid);
            return [greeted, (after - before) * 1024 / (greeted - 1)];
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
            server.Stop();
        }
    }

    private static void Connect(MailServer server, List<Socket> sockets, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            sockets.Add(socket);
            try
            {
                socket.Connect(IPAddress.Loopback, server.Port);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Under way. A pause now and then lets the server empty its queue.
            }

            if (i % 50 == 49)
            {
                Thread.Sleep(10);
            }
        }
    }

    private static int AwaitGreetings(List<Socket> sockets)
    {
        var greeted = 0;
        for (var last = DateTime.UtcNow; DateTime.UtcNow - last < Patience && greeted < sockets.Count; Thread.Sleep(50))
        {
            var now = sockets.Count(s => s.Available > 0);
            last = now > greeted ? DateTime.UtcNow : last;
            greeted = now;
        }

        return greeted;
    }
}
