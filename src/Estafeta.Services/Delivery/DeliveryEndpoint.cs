using Estafeta.Services.Ipc;

namespace Estafeta.Services.Delivery;

/// <summary>The other end of <see cref="RemoteDeliveryAgent"/>: hands requests of the queue manager to the agent of this process.</summary>
public sealed class DeliveryEndpoint(IDeliveryAgent agent)
{
    /// <summary>Name both sides say when they connect.</summary>
    public const string Protocol = DeliveryWire.Protocol;

    /// <summary>
    /// Serves one connection. A delivery in hand is finished even while stopping. Reports travel together with the end of the
    /// delivery; if this process dies first, the queue manager tries those recipients again.
    /// </summary>
    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(stopping);
            if (frame.IsClosed)
            {
                return;
            }

            if (frame.Type != DeliveryWire.Request)
            {
                throw new IpcProtocolException($"unexpected frame {frame.Type}");
            }

            var request = DeliveryWire.ReadRequest(frame.Payload);
            var end = await agent.DeliverAsync(
                request,
                (index, status) =>
                {
                    DeliveryWire.WriteReport(connection.Out, index, status);
                    return ValueTask.CompletedTask;
                },
                CancellationToken.None);
            DeliveryWire.WriteEnd(connection.Out, end);
            await connection.FlushAsync(CancellationToken.None);
        }
    }
}
