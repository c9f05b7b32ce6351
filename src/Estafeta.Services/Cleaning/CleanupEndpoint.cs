using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Cleaning;

/// <summary>The other end of <see cref="RemoteCleanup"/>: turns frames into calls of the cleanup service in this process.</summary>
public sealed class CleanupEndpoint(ICleanup cleanup, QueueNumbers numbers, IMailLog log, TimeProvider time)
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
            switch (frame.Type)
            {
                case CleanupWire.Begin:
                    if (!await ServeMessageAsync(connection, frame))
                    {
                        return;
                    }

                    break;
                case CleanupWire.Batch:
                    await using (var batches = new BatchEndpoint(connection, CommitAsync, numbers, log, time))
                    {
                        await batches.ServeAsync(frame, stopping);
                    }

                    return;
                case IpcFrame.Closed:
                    return;
                default:
                    throw new IpcProtocolException($"frame {frame.Type} outside a transaction");
            }
        }
    }

    // A transaction that has begun is finished even while stopping.
    private async ValueTask<bool> ServeMessageAsync(IpcConnection connection, IpcFrame begin)
    {
        await using var transaction = await cleanup.BeginAsync(CleanupWire.ReadBegin(begin.Payload), CancellationToken.None);
        while (true)
        {
            var frame = await connection.ReceiveAsync(CancellationToken.None);
            switch (frame.Type)
            {
                case CleanupWire.Milters:
                    var milters = MilterHandoffWire.Read(frame.Payload, number => new MilterRelay(connection, number));
                    await transaction.AttachMiltersAsync(milters, CancellationToken.None);
                    break;
                case CleanupWire.Commit:
                    var result = await transaction.CommitAsync(CancellationToken.None);
                    connection.Out.BeginFrame(CleanupWire.Result);
                    CleanupWire.WriteAnswer(connection.Out, result, numbers.Next());
                    connection.Out.EndFrame();
                    await connection.FlushAsync(CancellationToken.None);
                    return true;
                case CleanupWire.Abort:
                case IpcFrame.Closed:
                    return false;
                default:
                    await AddAsync(transaction, frame);
                    break;
            }
        }
    }

    private async ValueTask<CleanupResult> CommitAsync(ReadOnlyMemory<byte> frames)
    {
        var begin = IpcFrame.Take(ref frames);
        await using var transaction = await cleanup.BeginAsync(CleanupWire.ReadBegin(begin.Payload), CancellationToken.None);
        while (true)
        {
            var frame = IpcFrame.Take(ref frames);
            if (frame.Type == CleanupWire.Commit)
            {
                return await transaction.CommitAsync(CancellationToken.None);
            }

            await AddAsync(transaction, frame);
        }
    }

    private static ValueTask AddAsync(CleanupTransaction transaction, IpcFrame frame)
    {
        switch (frame.Type)
        {
            case CleanupWire.Recipient:
                transaction.AddRecipient(ReadRecipient(frame.Payload));
                break;
            case CleanupWire.Edit:
                transaction.AddEdit(ReadEdit(frame.Payload));
                break;
            case CleanupWire.Content:
                return transaction.WriteContentAsync(frame.Payload, CancellationToken.None);
            default:
                throw new IpcProtocolException($"frame {frame.Type} within a transaction");
        }

        return ValueTask.CompletedTask;
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
