namespace Estafeta.Tables.Network;

/// <summary>One exchange with a server. Throws <see cref="IOException"/> or <see cref="InvalidDataException"/> when it goes wrong.</summary>
internal delegate ValueTask<T> TableExchange<T>(TableConnection connection, CancellationToken cancellationToken);

/// <summary>
/// A pool of connections to one server. So many requests at once as there may be connections; the others wait without holding a thread. A request that
/// fails on a connection that was idle is made again on a new one: the server may have closed it meanwhile.
/// </summary>
internal sealed class TableClient(TableEndpoint endpoint, TimeProvider time) : IAsyncDisposable
{
    private readonly Stack<TableConnection> _idle = new();
    private readonly SemaphoreSlim _slots = new(MaximumConnections);
    private bool _isDisposed;

    /// <summary>Connections to a server at once.</summary>
    public const int MaximumConnections = 20;

    /// <summary>Limit of one exchange, connecting included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>An idle connection older than this is not used again.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An exchange that fails is made again until it was made so often, but not while the server takes no connections.</summary>
    public int MaximumTries { get; init; } = 1;

    /// <summary>Before it is made again.</summary>
    public TimeSpan RetryPause { get; init; }

    public TableEndpoint Endpoint => endpoint;

    /// <exception cref="IOException">Connecting or the exchange failed, or took too long.</exception>
    /// <exception cref="InvalidDataException">The server's answer makes no sense.</exception>
    public async ValueTask<T> RunAsync<T>(TableExchange<T> exchange, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await RunOnceAsync(exchange, cancellationToken);
            }
            catch (Exception e) when (tries < MaximumTries && e is (IOException and not TableConnectException) or InvalidDataException)
            {
                await Task.Delay(RetryPause, time, cancellationToken);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_idle)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
            }
        }

        _slots.Dispose();
        return default;
    }

    private async ValueTask<T> RunOnceAsync<T>(TableExchange<T> exchange, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _slots.WaitAsync(either.Token);
            try
            {
                return await RunInSlotAsync(exchange, either.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out");
        }
    }

    private async ValueTask<T> RunInSlotAsync<T>(TableExchange<T> exchange, CancellationToken cancellationToken)
    {
        if (Reuse() is { } used)
        {
            try
            {
                return await RunAsync(used, exchange, cancellationToken);
            }
            catch (IOException)
            {
                // Closed under our hands: once more on a connection of our own.
            }
        }

        return await RunAsync(new TableConnection(await endpoint.ConnectAsync(cancellationToken)), exchange, cancellationToken);
    }

    private async ValueTask<T> RunAsync<T>(TableConnection connection, TableExchange<T> exchange, CancellationToken cancellationToken)
    {
        try
        {
            var result = await exchange(connection, cancellationToken);
            Keep(connection);
            return result;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private TableConnection? Reuse()
    {
        lock (_idle)
        {
            while (_idle.TryPop(out var connection))
            {
                if (time.GetElapsedTime(connection.UsedAt) < IdleLimit && connection.IsIdleAndOpen)
                {
                    return connection;
                }

                connection.Dispose();
            }
        }

        return null;
    }

    private void Keep(TableConnection connection)
    {
        connection.UsedAt = time.GetTimestamp();
        lock (_idle)
        {
            if (_isDisposed)
            {
                connection.Dispose();
            }
            else
            {
                _idle.Push(connection);
            }
        }
    }
}
