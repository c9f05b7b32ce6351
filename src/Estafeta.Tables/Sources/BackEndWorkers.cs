namespace Estafeta.Tables.Sources;

/// <summary>A connection to a back end, and how a key is asked of it. Blocks; used by one thread.</summary>
internal interface IBackEndConversation : IDisposable
{
    LookupResult Ask(string key);
}

/// <summary>
/// The threads that talk to the servers, each with a connection of its own, because the C libraries block. They are started as needed up to the
/// connections allowed and end when idle; look-ups that find none free wait without holding a thread.
/// </summary>
internal sealed class BackEndWorkers(Func<IBackEndConversation> open, int most, TimeSpan idleInterval) : IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    private readonly object _gate = new();
    private readonly Queue<Job> _jobs = new();
    private int _threads;
    private int _idle;
    private bool _isClosed;

    public async ValueTask<LookupResult> RunAsync(string key, CancellationToken cancellationToken)
    {
        var job = new Job(key);
        lock (_gate)
        {
            if (_isClosed || _jobs.Count == MostWaiting)
            {
                return LookupResult.Trouble("too many look-ups are waiting");
            }

            _jobs.Enqueue(job);
            if (_jobs.Count > _idle && _threads < most)
            {
                _threads++;
                new Thread(Work) { IsBackground = true, Name = "tables" }.Start();
            }

            Monitor.Pulse(_gate);
        }

        return await job.Completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Threads at work finish their look-up and end by themselves.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        return default;
    }

    private void Work()
    {
        using var conversation = open();
        while (Take() is { } job)
        {
            try
            {
                job.Completion.SetResult(conversation.Ask(job.Key));
            }
            catch (Exception e)
            {
                // Whoever awaits the look-up gets it; this thread serves the next.
                job.Completion.SetException(e);
            }
        }
    }

    // Null: nothing came for the idle interval, or the table is closed.
    private Job? Take()
    {
        lock (_gate)
        {
            while (_jobs.Count == 0)
            {
                _idle++;
                var isPulsed = !_isClosed && Monitor.Wait(_gate, idleInterval);
                _idle--;
                if (!isPulsed && _jobs.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return _jobs.Dequeue();
        }
    }

    private sealed class Job(string key)
    {
        public string Key => key;

        public TaskCompletionSource<LookupResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
