using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>Work under way that somebody waits for at the end. Work that fails unexpectedly is logged; it must have cleaned up itself.</summary>
internal sealed class OwnedTasks(IMailLog log)
{
    private readonly Lock _gate = new();
    private int _running;
    private TaskCompletionSource? _idle;

    /// <summary>Takes over work that has begun; most of it has ended already.</summary>
    public void Add(ValueTask work)
    {
        if (!work.IsCompletedSuccessfully)
        {
            lock (_gate)
            {
                _running++;
            }

            _ = ObserveAsync(work);
        }
    }

    public void Add(Task work) => Add(new ValueTask(work));

    /// <summary>Completes when nothing is under way, work begun meanwhile included.</summary>
    public Task WhenDoneAsync()
    {
        lock (_gate)
        {
            if (_running == 0)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private async Task ObserveAsync(ValueTask work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The top of whatever this was: one message's work, never the process.
            log.Error($"queue manager: {e}");
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_running == 0)
            {
                (idle, _idle) = (_idle, null);
            }
        }

        idle?.SetResult();
    }
}
