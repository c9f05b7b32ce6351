using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>The other end of <see cref="RemoteCleanup"/>: turns frames into calls of the cleanup service in this process.</summary>
public sealed class CleanupEndpoint(ICleanup cleanup, QueueNumbers numbers)
{
    /// <summary>Name both sides say when they connect.</summary>
    public const string Protocol = CleanupWire.Protocol;

    public ReadOnlyMemory<byte> Greet()
    {
        using var writer = new WireWriter();
        writer.Write((long)numbers.Next());
        return writer.Written.ToArray();
    }

    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(stopping);
            if (frame.IsClosed)
            {
                return;
            }

            if (frame.Type != CleanupWire.Begin)
            {
                throw new IpcProtocolException($"frame {frame.Type} outside a transaction");
            }

            // A transaction that has begun is finished even while stopping.
            await using var transaction = await cleanup.BeginAsync(CleanupWire.ReadBegin(frame.Payload), CancellationToken.None);
            if (!await ReceiveAsync(connection, transaction))
            {
                return;
            }

            var result = await transaction.CommitAsync(CancellationToken.None);
            CleanupWire.WriteResult(connection.Out, result, numbers.Next());
            await connection.FlushAsync(CancellationToken.None);
        }
    }

    private static async ValueTask<bool> ReceiveAsync(IpcConnection connection, CleanupTransaction transaction)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(CancellationToken.None);
            switch (frame.Type)
            {
                case CleanupWire.Recipient:
                    transaction.AddRecipient(ReadRecipient(frame.Payload));
                    break;
                case CleanupWire.Edit:
                    transaction.AddEdit(ReadEdit(frame.Payload));
                    break;
                case CleanupWire.Content:
                    await transaction.WriteContentAsync(frame.Payload, CancellationToken.None);
                    break;
                case CleanupWire.Milters:
                    var milters = MilterHandoffWire.Read(frame.Payload, number => new MilterRelay(connection, number));
                    await transaction.AttachMiltersAsync(milters, CancellationToken.None);
                    break;
                case CleanupWire.Commit:
                    return true;
                case CleanupWire.Abort:
                case IpcFrame.Closed:
                    return false;
                default:
                    throw new IpcProtocolException($"frame {frame.Type} within a transaction");
            }
        }
    }

    private static EnvelopeRecipient ReadRecipient(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return reader.ReadRecipient();
    }

    private static EnvelopeEdit ReadEdit(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return new EnvelopeEdit((EnvelopeEditKind)reader.ReadByte(), reader.ReadString());
    }
}
