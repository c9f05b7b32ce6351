using Estafeta.Mail.Envelopes;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// Messages that wait for room in the active queue: new ones and deferred ones that are due, taken in turns so that neither a backlog
/// nor a flood of new mail keeps the other waiting. Thread-safe.
/// </summary>
internal sealed class Backlog
{
    private readonly Lock _gate = new();
    private readonly Queue<QueueId> _incoming = new();
    private readonly Queue<QueueId> _deferred = new();
    private readonly HashSet<QueueId> _known = [];
    private readonly HashSet<QueueId> _flushed = [];
    private bool _deferredIsNext;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _known.Count == 0;
            }
        }
    }

    public void AddIncoming(QueueId id) => Add(_incoming, id, isFlush: false);

    /// <param name="isFlush">Somebody asked for it: it is tried even before it is due.</param>
    public void AddDeferred(QueueId id, bool isFlush) => Add(_deferred, id, isFlush);

    public bool TryTake(out QueueId id, out bool isFlush)
    {
        lock (_gate)
        {
            var (first, second) = _deferredIsNext ? (_deferred, _incoming) : (_incoming, _deferred);
            _deferredIsNext = !_deferredIsNext;
            if (!first.TryDequeue(out id) && !second.TryDequeue(out id))
            {
                isFlush = false;
                return false;
            }

            _known.Remove(id);
            isFlush = _flushed.Remove(id);
            return true;
        }
    }

    private void Add(Queue<QueueId> queue, QueueId id, bool isFlush)
    {
        lock (_gate)
        {
            if (_known.Add(id))
            {
                queue.Enqueue(id);
            }

            if (isFlush)
            {
                _flushed.Add(id);
            }
        }
    }
}
