using System.Diagnostics.CodeAnalysis;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// Whole small messages on their way to cleanup over one connection, many in one send when many sessions end a message at about the same time:
/// while two batches are under way, the next one gathers. A message alone waits for nothing. When the connection breaks, all that wait are told,
/// and this object is of no more use. The other end is <see cref="BatchEndpoint"/>.
/// </summary>
internal sealed class BatchedCommits(IpcPool pool) : IAsyncDisposable
{
    /// <summary>A message of more octets goes by a connection of its own.</summary>
    public const int MessageOctets = 32 * 1024;

    private const int BatchOctets = 256 * 1024;
    private const int MostUnderWay = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource<CommitAnswer>> _waiting = [];
    private readonly CancellationTokenSource _closing = new();
    private WireWriter _gathering = new();
    private WireWriter _sending = new();
    private Task _sender = Task.CompletedTask;
    private Task _receiver = Task.CompletedTask;
    private IpcConnection? _connection;
    private bool _isSending;
    private int _underWay;
    private long _lastNumber;

    public bool IsBroken { get; private set; }

    /// <summary>False when there is no room for it at the moment.</summary>
    /// <param name="frames">From Begin to Commit; taken before this returns.</param>
    /// <param name="answer">Fails with <see cref="IOException"/>.</param>
    public bool TryCommit(ReadOnlySpan<byte> frames, [NotNullWhen(true)] out Task<CommitAnswer>? answer)
    {
        answer = null;
        lock (_gate)
        {
            if (IsBroken || frames.Length > MessageOctets || _gathering.Length + frames.Length > BatchOctets)
            {
                return false;
            }

            // Whoever waits goes on where the answer is received, as with a connection of its own.
            var waiter = new TaskCompletionSource<CommitAnswer>();
            _waiting.Add(++_lastNumber, waiter);
            if (_gathering.Length == 0)
            {
                _gathering.BeginFrame(CleanupWire.Batch);
            }

            _gathering.Write(_lastNumber);
            _gathering.Write(frames);
            answer = waiter.Task;
        }

        SendOn();
        return true;
    }

    /// <summary>Nobody waits any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _sender;
        await _receiver;
        if (_connection != null)
        {
            await _connection.DisposeAsync();
        }

        _gathering.Dispose();
        _sending.Dispose();
        _closing.Dispose();
    }

    private void SendOn()
    {
        lock (_gate)
        {
            if (!_isSending && !IsBroken && IsDue)
            {
                _isSending = true;
                _sender = SendAsync();
            }
        }
    }

    private bool IsDue => _gathering.Length > 0 && _underWay < MostUnderWay;

    private async Task SendAsync()
    {
        try
        {
            if (_connection == null)
            {
                _connection = await pool.RentAsync(_closing.Token);
                _receiver = ReceiveAsync(_connection);
            }

            while (TakeBatch())
            {
                await _connection.FlushAsync(_sending, _closing.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Break(e.Message);
        }
    }

    private bool TakeBatch()
    {
        lock (_gate)
        {
            if (IsBroken || !IsDue)
            {
                _isSending = false;
                return false;
            }

            _gathering.EndFrame();
            (_gathering, _sending) = (_sending, _gathering);
            _underWay++;
            return true;
        }
    }

    private async Task ReceiveAsync(IpcConnection connection)
    {
        try
        {
            while (true)
            {
                Read(await connection.ExpectAsync(CleanupWire.Results, _closing.Token));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Break(e.Message);
        }
    }

    private void Read(IpcFrame results)
    {
        var reader = new WireReader(results.Payload);
        var done = reader.ReadInt32();
        lock (_gate)
        {
            _underWay -= done;
        }

        // What has gathered is on its way while those who have their answers speak to their clients.
        SendOn();
        while (!reader.IsAtEnd)
        {
            var number = reader.ReadInt64();
            var answer = CleanupWire.ReadAnswer(ref reader);
            TaskCompletionSource<CommitAnswer>? waiter;
            lock (_gate)
            {
                _waiting.Remove(number, out waiter);
            }

            waiter?.SetResult(answer);
        }
    }

    private void Break(string reason)
    {
        List<TaskCompletionSource<CommitAnswer>> waiting;
        lock (_gate)
        {
            IsBroken = true;
            waiting = [.. _waiting.Values];
            _waiting.Clear();
        }

        waiting.ForEach(waiter => waiter.SetException(new IOException(reason)));
    }
}
