using System.Threading.Channels;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.ClientLimits;

/// <summary>
/// One connection to anvil, shared by all sessions of a process: events go out in batches as they come, totals come back in the same
/// order. When either direction fails, the link is of no more use and everything on it counts as nothing.
/// </summary>
internal sealed class AnvilLink : IAsyncDisposable
{
    /// <summary>An anvil that is so far behind hangs.</summary>
    private const int MostWaiting = 65536;

    private readonly IpcConnection _connection;
    private readonly TimeProvider _time;
    private readonly Channel<ClientNotice> _notices = Channel.CreateBounded<ClientNotice>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Queue<ClientNotice> _asked = new();
    private readonly Dictionary<string, ClientTally> _clients = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public AnvilLink(IpcConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _running = RunAsync();
    }

    public bool IsUp => !_stopping.IsCancellationRequested;

    /// <summary>Counts a new session of a client; completes when anvil has said how many there are. Throws <see cref="IOException"/>.</summary>
    public async ValueTask<ClientTally> OpenAsync(string client, CancellationToken cancellationToken)
    {
        var tally = Join(client);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (!tally.TryCount(ClientEvent.Connection, answered))
            {
                throw new IOException("connection lost");
            }

            // Where the client is known, what anvil said of it last and our own counts since will do.
            if (tally.IsFirst)
            {
                await answered.Task.WaitAsync(cancellationToken);
            }
        }
        catch
        {
            Close(tally);
            throw;
        }

        return tally;
    }

    public void Close(ClientTally tally)
    {
        lock (_clients)
        {
            tally.Leave();
            if (--tally.Sessions == 0)
            {
                _clients.Remove(tally.Client);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _connection.DisposeAsync();
        _stopping.Dispose();
    }

    public bool TrySend(ClientNotice notice)
    {
        if (!IsUp)
        {
            return false;
        }

        if (_notices.Writer.TryWrite(notice))
        {
            return true;
        }

        _stopping.Cancel();
        return false;
    }

    private ClientTally Join(string client)
    {
        lock (_clients)
        {
            if (!_clients.TryGetValue(client, out var tally))
            {
                _clients.Add(client, tally = new ClientTally(this, client, _time));
            }

            tally.Sessions++;
            return tally;
        }
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(SendAsync(), ReceiveAsync());
        lock (_asked)
        {
            while (_asked.TryDequeue(out var notice))
            {
                notice.Answered?.TrySetException(new IOException("connection lost"));
            }
        }

        while (_notices.Reader.TryRead(out var notice))
        {
            notice.Answered?.TrySetException(new IOException("connection lost"));
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (await _notices.Reader.WaitToReadAsync(_stopping.Token))
            {
                while (_notices.Reader.TryRead(out var notice))
                {
                    Write(notice);
                }

                await _connection.FlushAsync(_stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            await _stopping.CancelAsync();
        }
    }

    private void Write(ClientNotice notice)
    {
        var isClosing = notice.Kind == 0;
        _connection.Out.BeginFrame(isClosing ? ClientCountWire.Close : ClientCountWire.Count);
        if (!isClosing)
        {
            _connection.Out.Write((byte)notice.Kind);
            lock (_asked)
            {
                _asked.Enqueue(notice);
            }
        }

        _connection.Out.Write(notice.Tally.Client);
        _connection.Out.EndFrame();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var frame = await _connection.ExpectAsync(ClientCountWire.Totals, _stopping.Token);
                ClientNotice notice;
                lock (_asked)
                {
                    notice = _asked.Dequeue();
                }

                notice.Tally.Answer(notice, ClientCountWire.ReadTotals(frame.Payload));
                notice.Answered?.TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            await _stopping.CancelAsync();
        }
    }
}
