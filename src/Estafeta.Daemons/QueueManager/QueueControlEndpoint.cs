using System.Buffers;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage;
using Estafeta.Services.Ipc;
using Estafeta.Services.QueueControl;

namespace Estafeta.Daemons.QueueManager;

/// <summary>The queue process's end of <see cref="QueueControlClient"/>: postsuper and postcat while the mail system runs.</summary>
public sealed class QueueControlEndpoint(QueueAdministration administration, IQueueStore store)
{
    private const int PieceOctets = 256 * 1024;

    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(stopping);
            switch (frame.Type)
            {
                case QueueControlWire.Act:
                    await ActAsync(connection, frame, stopping);
                    break;
                case QueueControlWire.Read:
                    await ReadAsync(connection, frame, stopping);
                    break;
                case IpcFrame.Closed:
                    return;
                default:
                    throw new IpcProtocolException($"unexpected frame {frame.Type}");
            }
        }
    }

    private async ValueTask ActAsync(IpcConnection connection, IpcFrame frame, CancellationToken stopping)
    {
        var (operation, queues, text) = Parse(frame.Payload);
        if (text.Length > 0)
        {
            if (QueueId.TryParse(text, out var id))
            {
                await ActAsync(connection, operation, queues, id, stopping);
            }
        }
        else
        {
            foreach (var id in administration.Select(queues).ToArray())
            {
                await ActAsync(connection, operation, queues, id, stopping);
            }
        }

        // What the administrator is told is done stays done.
        await administration.FlushAsync(stopping);
        WriteEnd(connection);
        await connection.FlushAsync(stopping);
    }

    private async ValueTask ActAsync(IpcConnection connection, QueueOperation operation, QueueSelection queues, QueueId id, CancellationToken stopping)
    {
        if (administration.Apply(operation, id, queues))
        {
            connection.Out.BeginFrame(QueueControlWire.Done);
            connection.Out.Write(id.ToString());
            connection.Out.EndFrame();
            if (connection.Out.Length > PieceOctets)
            {
                await connection.FlushAsync(stopping);
            }
        }
    }

    private async ValueTask ReadAsync(IpcConnection connection, IpcFrame frame, CancellationToken stopping)
    {
        if (QueueId.TryParse(ParseId(frame.Payload), out var id)
            && await store.LoadAsync(id, stopping) is { } message
            && await store.OpenContentAsync(id, stopping) is { } content)
        {
            using (content)
            {
                var queue = administration.Find(id) ?? message.Queue;
                new QueueControlRecord(queue.Name(), EnvelopeRecords.From(message)).Write(connection.Out);
                await SendAsync(connection, content.Head, stopping);
                await SendAsync(connection, content.Body, stopping);
                await SendFileAsync(connection, content.BodyPath, stopping);
            }
        }

        WriteEnd(connection);
        await connection.FlushAsync(stopping);
    }

    private static async ValueTask SendFileAsync(IpcConnection connection, string? path, CancellationToken stopping)
    {
        if (path == null)
        {
            return;
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceOctets);
        try
        {
            int got;
            while ((got = await file.ReadAsync(buffer, stopping)) > 0)
            {
                await SendAsync(connection, buffer.AsMemory(0, got), stopping);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask SendAsync(IpcConnection connection, ReadOnlyMemory<byte> octets, CancellationToken stopping)
    {
        connection.Out.BeginFrame(QueueControlWire.Content);
        connection.Out.WriteRaw(octets.Span);
        connection.Out.EndFrame();
        await connection.FlushAsync(stopping);
    }

    private static void WriteEnd(IpcConnection connection)
    {
        connection.Out.BeginFrame(QueueControlWire.End);
        connection.Out.EndFrame();
    }

    private static (QueueOperation Operation, QueueSelection Queues, string Id) Parse(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return ((QueueOperation)reader.ReadByte(), (QueueSelection)reader.ReadByte(), reader.ReadString());
    }

    private static string ParseId(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return reader.ReadString();
    }
}
