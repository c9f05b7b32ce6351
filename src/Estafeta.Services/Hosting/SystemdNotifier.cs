using System.Net.Sockets;
using System.Text;

namespace Estafeta.Services.Hosting;

/// <summary>sd_notify(3): tells systemd how far a service of Type=notify is. Does nothing when not started by systemd.</summary>
public static class SystemdNotifier
{
    public static void Notify(string state)
    {
        var path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(path))
        {
            return;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // systemd will see for itself; the mail system runs without it.
        }
    }
}
