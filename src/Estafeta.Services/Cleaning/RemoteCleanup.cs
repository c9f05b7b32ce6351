using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>Cleanup in another process, behind <c>public/cleanup</c>: one send and one answer for a small message, or for several that end together.</summary>
public sealed class RemoteCleanup(string socketPath, bool longQueueIds, TimeProvider time) : ICleanup, IAsyncDisposable
{
    private readonly IpcPool _pool = new(socketPath, CleanupWire.Protocol, time);
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<IpcConnection, NextNumber> _numbers = [];
    private readonly Lock _gate = new();
    private BatchedCommits? _batches;

    public async ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        var number = _numbers.GetValue(connection, static c => new NextNumber { Value = ReadGreeting(c.Greeting) });
        var id = request.QueueId ?? QueueId.Create(time.GetUtcNow(), number.Value, longQueueIds);
        CleanupWire.WriteBegin(connection.Out, request, id);
        return new Transaction(this, connection, number, id);
    }

    public async ValueTask DisposeAsync()
    {
        if (_batches != null)
        {
            await _batches.DisposeAsync();
        }

        await _pool.DisposeAsync();
    }

    private async ValueTask<BatchedCommits> GetBatchesAsync()
    {
        BatchedCommits? broken;
        BatchedCommits batches;
        lock (_gate)
        {
            if (_batches is { IsBroken: false })
            {
                return _batches;
            }

            broken = _batches;
            _batches = batches = new BatchedCommits(_pool);
        }

        if (broken != null)
        {
            await broken.DisposeAsync();
        }

        return batches;
    }

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

        // Part of it has left, or is to leave, by the connection of its own.
        private bool _isOnItsOwn;
        private bool _isInABatch;
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
            _isOnItsOwn = true;
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
                    _isOnItsOwn = true;
                    await connection.FlushAsync(cancellationToken);
                }
            }
        }

        public override async ValueTask RefuseAsTooBigAsync(CancellationToken cancellationToken)
        {
            AddEdit(new EnvelopeEdit(EnvelopeEditKind.TooBig, ""));
            await CommitAsync(cancellationToken);
        }

        public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            connection.Out.BeginFrame(CleanupWire.Commit);
            connection.Out.EndFrame();
            var answer = await GetAnswerAsync(cancellationToken);
            number.Value = answer.NextNumber;
            _ended = true;
            await owner._pool.ReturnAsync(connection);
            return answer.Result;
        }

        private async ValueTask<CommitAnswer> GetAnswerAsync(CancellationToken cancellationToken)
        {
            if (!_isOnItsOwn)
            {
                var batches = await owner.GetBatchesAsync();
                if (batches.TryCommit(connection.Out.Written.Span, out var answer))
                {
                    connection.Out.Clear();
                    _isInABatch = true;
                    return await answer.WaitAsync(cancellationToken);
                }
            }

            await connection.FlushAsync(cancellationToken);
            return Read(await AwaitResultAsync(cancellationToken));
        }

        private static CommitAnswer Read(IpcFrame result)
        {
            var reader = new WireReader(result.Payload);
            return CleanupWire.ReadAnswer(ref reader);
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
            if (!_isInABatch)
            {
                await AbortAsync();
            }

            await connection.DisposeAsync();
        }

        private async ValueTask AbortAsync()
        {
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
        }
    }
}
