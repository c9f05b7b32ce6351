using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>Cleanup in another process, behind <c>public/cleanup</c>: one send and one answer for a small message.</summary>
public sealed class RemoteCleanup(string socketPath, bool longQueueIds, TimeProvider time) : ICleanup, IAsyncDisposable
{
    private readonly IpcPool _pool = new(socketPath, CleanupWire.Protocol, time);
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<IpcConnection, NextNumber> _numbers = [];

    public async ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        var number = _numbers.GetValue(connection, static c => new NextNumber { Value = ReadGreeting(c.Greeting) });
        var id = request.QueueId ?? QueueId.Create(time.GetUtcNow(), number.Value, longQueueIds);
        CleanupWire.WriteBegin(connection.Out, request, id);
        return new Transaction(this, connection, number, id);
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static uint ReadGreeting(ReadOnlyMemory<byte> greeting)
    {
        var reader = new WireReader(greeting);
        return (uint)reader.ReadInt64();
    }

    private sealed class NextNumber
    {
        public uint Value { get; set; }
    }

    private sealed class Transaction(RemoteCleanup owner, IpcConnection connection, NextNumber number, QueueId id) : CleanupTransaction
    {
        private const int SendOctets = 64 * 1024;
        private IReadOnlyList<MilterHandoff> _milters = [];
        private bool _ended;

        public override QueueId QueueId => id;

        public override void AddRecipient(EnvelopeRecipient recipient)
        {
            connection.Out.BeginFrame(CleanupWire.Recipient);
            connection.Out.Write(recipient);
            connection.Out.EndFrame();
        }

        public override void AddEdit(EnvelopeEdit edit)
        {
            connection.Out.BeginFrame(CleanupWire.Edit);
            connection.Out.Write((byte)edit.Kind);
            connection.Out.Write(edit.Value);
            connection.Out.EndFrame();
        }

        public override ValueTask AttachMiltersAsync(IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken)
        {
            _milters = milters;
            connection.Out.BeginFrame(CleanupWire.Milters);
            MilterHandoffWire.Write(connection.Out, milters);
            connection.Out.EndFrame();
            return ValueTask.CompletedTask;
        }

        public override async ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            while (octets.Length > 0)
            {
                var part = octets[..Math.Min(octets.Length, SendOctets)];
                connection.Out.BeginFrame(CleanupWire.Content);
                connection.Out.WriteRaw(part.Span);
                connection.Out.EndFrame();
                octets = octets[part.Length..];
                if (connection.Out.Length >= SendOctets)
                {
                    await connection.FlushAsync(cancellationToken);
                }
            }
        }

        public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            connection.Out.BeginFrame(CleanupWire.Commit);
            connection.Out.EndFrame();
            await connection.FlushAsync(cancellationToken);
            var frame = await AwaitResultAsync(cancellationToken);
            var result = CleanupWire.ReadResult(frame.Payload, out var next);
            number.Value = next;
            _ended = true;
            await owner._pool.ReturnAsync(connection);
            return result;
        }

        private async ValueTask<IpcFrame> AwaitResultAsync(CancellationToken cancellationToken)
        {
            while (_milters.Count > 0)
            {
                var frame = await connection.ReceiveAsync(cancellationToken);
                if (frame.IsClosed)
                {
                    throw new IOException("connection to cleanup closed");
                }

                if (!await MilterRelay.ServeAsync(connection, frame, _milters, cancellationToken))
                {
                    return frame.Type == CleanupWire.Result ? frame : throw new IpcProtocolException($"unexpected frame {frame.Type} from cleanup");
                }
            }

            return await connection.ExpectAsync(CleanupWire.Result, cancellationToken);
        }

        // Without a commit the connection's number is used up and its stream is mid-message: say so, and let it go.
        public override async ValueTask DisposeAsync()
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            connection.Out.BeginFrame(CleanupWire.Abort);
            connection.Out.EndFrame();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await connection.FlushAsync(limit.Token);
            }
            catch (IOException)
            {
                // The service is gone, and with it the transaction.
            }
            catch (OperationCanceledException)
            {
                // It does not read; closing the connection tells it the same.
            }

            await connection.DisposeAsync();
        }
    }
}
