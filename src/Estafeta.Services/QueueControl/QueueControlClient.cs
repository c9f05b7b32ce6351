using Estafeta.Services.Ipc;

namespace Estafeta.Services.QueueControl;

/// <summary>
/// postsuper's and postcat's connection to the running queue process. An <see cref="IOException"/> when opening means that there is
/// none.
/// </summary>
public sealed class QueueControlClient(string queueDirectory, TimeProvider time) : IAsyncDisposable
{
    private readonly IpcPool _pool = new(Path.Combine(queueDirectory, QueueControlWire.SocketPath), QueueControlWire.Protocol, time);

    /// <summary>Whether a queue process answers; the connection is kept.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _pool.ReturnAsync(await _pool.RentAsync(cancellationToken));
            return true;
        }
        catch (IOException)
        {
            // Nobody listens: the mail system is down.
            return false;
        }
    }

    /// <summary>Acts on one message, or on all of the queues with an empty ID; yields the IDs acted on.</summary>
    /// <param name="operation">An Estafeta.Queue.Administration.QueueOperation.</param>
    /// <param name="queues">An Estafeta.Queue.Administration.QueueSelection.</param>
    /// <param name="id">The message, or empty.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<string>> ActAsync(int operation, int queues, string id, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        try
        {
            QueueControlWire.WriteAct(connection.Out, operation, queues, id);
            await connection.FlushAsync(cancellationToken);
            var done = new List<string>();
            while (true)
            {
                var frame = await connection.ReceiveAsync(cancellationToken);
                switch (frame.Type)
                {
                    case QueueControlWire.Done:
                        done.Add(ReadId(frame));
                        break;
                    case QueueControlWire.End:
                        await _pool.ReturnAsync(connection);
                        return done;
                    default:
                        throw new IpcProtocolException($"unexpected frame {frame.Type} from the queue process");
                }
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads a message; null when there is none with this ID.</summary>
    /// <param name="id">The message.</param>
    /// <param name="content">Gets the octets of head and body; <c>isHead</c> for the first piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<QueueControlRecord?> ReadAsync(
        string id, Func<ReadOnlyMemory<byte>, bool, ValueTask> content, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        await using (connection)
        {
            QueueControlWire.WriteRead(connection.Out, id);
            await connection.FlushAsync(cancellationToken);
            QueueControlRecord? record = null;
            var isHead = true;
            while (true)
            {
                var frame = await connection.ReceiveAsync(cancellationToken);
                switch (frame.Type)
                {
                    case QueueControlWire.Record:
                        record = QueueControlRecord.Read(frame.Payload);
                        break;
                    case QueueControlWire.Content:
                        await content(frame.Payload, isHead);
                        isHead = false;
                        break;
                    case QueueControlWire.End:
                        return record;
                    default:
                        throw new IpcProtocolException($"unexpected frame {frame.Type} from the queue process");
                }
            }
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static string ReadId(IpcFrame frame)
    {
        var reader = new WireReader(frame.Payload);
        return reader.ReadString();
    }
}
