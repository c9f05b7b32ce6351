using System.Globalization;
using System.Net;
using System.Text;
using Estafeta.Services.Attributes;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Services.Passing;

/// <summary>
/// What travels beside the descriptor of a connection that is handed to a <c>pass</c> service: its two ends, which a proxy may have changed,
/// as Postfix's attributes in one message.
/// </summary>
public static class PassedConnection
{
    /// <summary>More than any message has.</summary>
    public const int MaxOctets = 512;

    private const string ClientAddress = "client_address";
    private const string ClientPort = "client_port";
    private const string ServerAddress = "server_address";
    private const string ServerPort = "server_port";

    public static ReadOnlyMemory<byte> Write(ConnectionEnds ends)
    {
        var writer = new AttributeWriter();
        writer.Write(ClientAddress, ends.Client.Address.ToString());
        writer.Write(ClientPort, ends.Client.Port);
        if (ends.Server is { } server)
        {
            writer.Write(ServerAddress, server.Address.ToString());
            writer.Write(ServerPort, server.Port);
        }

        writer.End();
        return writer.Written;
    }

    /// <summary>Null for what is no such message.</summary>
    public static ConnectionEnds? Read(ReadOnlySpan<byte> message)
    {
        if (!message.EndsWith("\0\0"u8))
        {
            return null;
        }

        var texts = Encoding.UTF8.GetString(message[..^2]).Split('\0');
        var client = EndOf(ClientAddress, ClientPort);
        return client == null ? null : new ConnectionEnds(client, EndOf(ServerAddress, ServerPort));

        IPEndPoint? EndOf(string addressName, string portName) =>
            IPAddress.TryParse(Find(addressName), out var address) && ushort.TryParse(Find(portName), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new IPEndPoint(address, port)
                : null;

        string? Find(string name)
        {
            for (var i = 0; i + 1 < texts.Length; i += 2)
            {
                if (texts[i] == name)
                {
                    return texts[i + 1];
                }
            }

            return null;
        }
    }
}
