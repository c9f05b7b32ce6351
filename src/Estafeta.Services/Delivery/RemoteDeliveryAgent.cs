using Estafeta.Services.Ipc;

namespace Estafeta.Services.Delivery;

/// <summary>
/// A delivery agent in another process, behind <c>private/&lt;transport&gt;</c>. One connection per delivery in hand, reused.
/// A <see cref="TransportUnavailableException"/> means the agent could not be reached, another <see cref="IOException"/> that it
/// died: recipients not yet reported are to be deferred.
/// </summary>
public sealed class RemoteDeliveryAgent(string socketPath, TimeProvider time) : IDeliveryAgent, IAsyncDisposable
{
    private readonly IpcPool _pool = new(socketPath, DeliveryWire.Protocol, time);

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            DeliveryWire.WriteRequest(connection.Out, request);
            await connection.FlushAsync(cancellationToken);
            while (true)
            {
                var frame = await connection.ReceiveAsync(cancellationToken);
                switch (frame.Type)
                {
                    case DeliveryWire.Report:
                        var (index, status) = DeliveryWire.ReadReport(frame.Payload);
                        await report(index, status);
                        break;
                    case DeliveryWire.End:
                        var end = DeliveryWire.ReadEnd(frame.Payload);
                        await _pool.ReturnAsync(connection);
                        return end;
                    case IpcFrame.Closed:
                        throw new IOException($"{socketPath}: the delivery agent closed the connection");
                    default:
                        throw new IpcProtocolException($"{socketPath}: unexpected frame {frame.Type}");
                }
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<IpcConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _pool.RentAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new TransportUnavailableException((e as IpcConnectException)?.Reason ?? e.Message, e);
        }
    }
}
