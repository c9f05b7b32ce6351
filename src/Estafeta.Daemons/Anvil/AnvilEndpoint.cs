using Estafeta.Services.ClientLimits;
using Estafeta.Services.Ipc;

namespace Estafeta.Daemons.Anvil;

/// <summary>Serves one process: see <see cref="ClientCountWire"/>. Answers what has come together, together.</summary>
internal sealed class AnvilEndpoint(AnvilService service)
{
    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                var frame = await connection.ReceiveAsync(stopping);
                if (frame.IsClosed)
                {
                    return;
                }

                Handle(connection, frame, open);
                if (!connection.HasBuffered)
                {
                    await connection.FlushAsync(stopping);
                }
            }
        }
        finally
        {
            foreach (var (client, count) in open)
            {
                for (var i = 0; i < count; i++)
                {
                    service.Close(client);
                }
            }
        }
    }

    private void Handle(IpcConnection connection, IpcFrame frame, Dictionary<string, int> open)
    {
        var reader = new WireReader(frame.Payload);
        if (frame.Type == ClientCountWire.Close)
        {
            var client = reader.ReadString();
            if (open.GetValueOrDefault(client) is > 0 and var count)
            {
                service.Close(client);
                Keep(open, client, count - 1);
            }

            return;
        }

        if (frame.Type != ClientCountWire.Count)
        {
            throw new IpcProtocolException($"unexpected frame {frame.Type}");
        }

        var kind = (ClientEvent)reader.ReadByte();
        if (kind is < ClientEvent.Connection or > ClientEvent.Authentication)
        {
            throw new IpcProtocolException($"unexpected event {kind}");
        }

        var counted = reader.ReadString();
        if (kind == ClientEvent.Connection)
        {
            Keep(open, counted, open.GetValueOrDefault(counted) + 1);
        }

        ClientCountWire.WriteTotals(connection.Out, service.Count(counted, kind));
    }

    private static void Keep(Dictionary<string, int> open, string client, int count)
    {
        if (count == 0)
        {
            open.Remove(client);
        }
        else
        {
            open[client] = count;
        }
    }
}
