using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Unix.Memory;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// The other end of <see cref="BatchedCommits"/>: the messages of a batch go through cleanup at once, and mostly into one write of the queue; their
/// results leave in one send, when the last is there. One that takes long holds up neither the others nor the next batch: after a moment what is
/// there is sent.
/// </summary>
/// <param name="commit">Takes a message's frames, from Begin to Commit, through cleanup.</param>
internal sealed class BatchEndpoint(
    IpcConnection connection, Func<ReadOnlyMemory<byte>, ValueTask<CleanupResult>> commit, QueueNumbers numbers, IMailLog log, TimeProvider time)
    : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();

    // Batches the client counts as under way.
    private readonly HashSet<Batch> _held = [];
    private readonly TaskCompletionSource _allDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WireWriter _results = new();
    private ITimer? _timer;
    private Task _sender = Task.CompletedTask;
    private int _released;
    private int _open = 1; // reading, and the messages
    private bool _isDue;
    private bool _isSending;
    private bool _isTimed;

    /// <summary>Until the client closes, or the service stops. Messages that have begun are finished.</summary>
    public async Task ServeAsync(IpcFrame frame, CancellationToken stopping)
    {
        try
        {
            for (; !frame.IsClosed; frame = await connection.ReceiveAsync(stopping))
            {
                if (frame.Type != CleanupWire.Batch)
                {
                    throw new IpcProtocolException($"frame {frame.Type} among batches");
                }

                Begin(frame.Payload);
            }
        }
        finally
        {
            End();
            await _allDone.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer != null)
        {
            await _timer.DisposeAsync();
        }

        await _sender;
        _results.Dispose();
    }

    private void Begin(ReadOnlyMemory<byte> payload)
    {
        var batch = new Batch();
        lock (_gate)
        {
            _held.Add(batch);
            _open++;
            StartTimer();
        }

        try
        {
            CommitAll(batch, payload);
        }
        finally
        {
            // Only now can it have come to its end.
            lock (_gate)
            {
                batch.Open--;
                Release(batch);
            }

            SendOn();
            End();
        }
    }

    private void CommitAll(Batch batch, ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        while (!reader.IsAtEnd)
        {
            var number = reader.ReadInt64();
            var frames = reader.ReadBytes();
            lock (_gate)
            {
                batch.Open++;
                _open++;
            }

            // ServeAsync waits for it; no exception comes out of it.
            _ = CommitAsync(batch, number, frames);
        }
    }

    private async Task CommitAsync(Batch batch, long number, ReadOnlyMemory<byte> frames)
    {
        // The frame they came in is gone when the next is received.
        var own = Buffers.Rent(frames.Length);
        frames.CopyTo(own);
        CleanupResult result;
        try
        {
            result = await commit(own.AsMemory(0, frames.Length));
        }
        catch (IOException e)
        {
            log.Warning($"{CleanupWire.Protocol}: {e.Message}");
            result = new CleanupResult(CleanupOutcome.WriteError, "");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // As at the top of the service's loop: this client defers, the others go on.
            log.Error($"{CleanupWire.Protocol}: {e}");
            result = new CleanupResult(CleanupOutcome.WriteError, "");
        }

        Buffers.Return(own);
        Report(batch, number, result);
        End();
    }

    private void Report(Batch batch, long number, CleanupResult result)
    {
        lock (_gate)
        {
            _results.Write(number);
            CleanupWire.WriteAnswer(_results, result, numbers.Next());
            batch.Open--;
            Release(batch);
            StartTimer();
        }

        SendOn();
    }

    // Within the gate.
    private void Release(Batch batch)
    {
        if (batch.Open == 0)
        {
            _isDue = true;
            _released += _held.Remove(batch) ? 1 : 0;
        }
    }

    // Within the gate.
    private void StartTimer()
    {
        if (!_isTimed)
        {
            _isTimed = true;
            _timer ??= time.CreateTimer(static self => ((BatchEndpoint)self!).SendWhatIsThere(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private void SendWhatIsThere()
    {
        lock (_gate)
        {
            _isTimed = false;
            _isDue = true;
            _released += _held.Count;
            _held.Clear();
        }

        SendOn();
    }

    private void SendOn()
    {
        lock (_gate)
        {
            if (_isDue && !_isSending)
            {
                _isSending = true;
                _sender = SendAsync();
            }
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (TakeResults())
            {
                await connection.FlushAsync(CancellationToken.None);
            }
        }
        catch (IOException)
        {
            // The client is gone, and with it who would hear; reading ends too.
        }
    }

    private bool TakeResults()
    {
        lock (_gate)
        {
            if (!_isDue || (_results.Length == 0 && _released == 0))
            {
                _isDue = false;
                _isSending = false;
                return false;
            }

            connection.Out.BeginFrame(CleanupWire.Results);
            connection.Out.Write((long)_released);
            connection.Out.WriteRaw(_results.Written.Span);
            connection.Out.EndFrame();
            _results.Clear();
            _released = 0;
            _isDue = false;
            return true;
        }
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_open > 0)
            {
                return;
            }
        }

        _allDone.SetResult();
    }

    /// <summary>Of its messages, how many have no result yet; one more while it is being read.</summary>
    private sealed class Batch
    {
        public int Open { get; set; } = 1;
    }
}
