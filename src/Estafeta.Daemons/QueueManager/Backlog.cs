using Estafeta.Mail.Envelopes;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// Messages that wait for room in the active queue: new ones and deferred ones that are due, taken in turns so that neither a backlog
/// nor a flood of new mail keeps the other waiting. Thread-safe.
/// </summary>
/// <param name="inFlow">Is told when new messages wait, and when they do no longer.</param>
internal sealed class Backlog(InFlow inFlow)
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

    public void AddIncoming(QueueId id)
    {
        lock (_gate)
        {
            Add(_incoming, id);
            if (_incoming.Count > 0)
            {
                inFlow.FallBehind();
            }
        }
    }

    /// <param name="isFlush">Somebody asked for it: it is tried even before it is due.</param>
    public void AddDeferred(QueueId id, bool isFlush)
    {
        lock (_gate)
        {
            Add(_deferred, id);
            if (isFlush)
            {
                _flushed.Add(id);
            }
        }
    }

    public bool TryTake(out QueueId id, out bool isFlush)
    {
        lock (_gate)
        {
            var wereIncoming = _incoming.Count;
            var (first, second) = _deferredIsNext ? (_deferred, _incoming) : (_incoming, _deferred);
            _deferredIsNext = !_deferredIsNext;
            if (!first.TryDequeue(out id) && !second.TryDequeue(out id))
            {
                isFlush = false;
                return false;
            }

            if (_incoming.Count < wereIncoming)
            {
                inFlow.CatchUp(isLast: _incoming.Count == 0);
            }

            _known.Remove(id);
            isFlush = _flushed.Remove(id);
            return true;
        }
    }

    // Within the gate.
    private void Add(Queue<QueueId> queue, QueueId id)
    {
        if (_known.Add(id))
        {
            queue.Enqueue(id);
        }
    }
}
