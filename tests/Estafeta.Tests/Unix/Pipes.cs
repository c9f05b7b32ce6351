using System.Net.Sockets;
using System.Text;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Unix;

/// <summary>What a child process writes, as text.</summary>
internal static class Pipes
{
    public static (Socket Ours, Socket Theirs) Create() => SocketPair.CreateStream();

    public static string ReadAll(Socket socket)
    {
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return reader.ReadToEnd();
    }
}
