using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>Work under way that somebody waits for at the end. Work that fails unexpectedly is logged; it must have cleaned up itself.</summary>
internal sealed class OwnedTasks(IMailLog log)
{
    private readonly HashSet<Task> _tasks = [];

    public void Add(ValueTask work)
    {
        if (!work.IsCompletedSuccessfully)
        {
            Add(work.AsTask());
        }
    }

    public void Add(Task task)
    {
        lock (_tasks)
        {
            _tasks.Add(task);
        }

        task.ContinueWith(Done, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits until nothing is under way, work begun meanwhile included.</summary>
    public async Task WhenDoneAsync()
    {
        while (true)
        {
            Task[] rest;
            lock (_tasks)
            {
                rest = [.. _tasks];
            }

            if (rest.Length == 0)
            {
                return;
            }

            // Failures are logged by the continuation.
            await Task.WhenAll(rest).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Done(Task task)
    {
        lock (_tasks)
        {
            _tasks.Remove(task);
        }

        if (task.Exception is { } failure)
        {
            log.Error($"queue manager: {failure.GetBaseException()}");
        }
    }
}
