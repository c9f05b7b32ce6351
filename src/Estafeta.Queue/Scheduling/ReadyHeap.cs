namespace Estafeta.Queue.Scheduling;

/// <summary>
/// The destinations of a transport that may deliver now, the one whose head belongs to the foremost job first. Its head is
/// therefore the foremost job that is not blocked, found without looking at the blocked ones: a slow destination with any number
/// of waiting messages costs the others nothing. Among destinations of the same job, the one served longest ago comes first.
/// </summary>
internal sealed class ReadyHeap
{
    private readonly List<Destination> _heap = [];

    public Destination? First => _heap.Count == 0 ? null : _heap[0];

    /// <summary>Puts the destination where it belongs after any change of its head or readiness.</summary>
    public void Update(Destination destination)
    {
        var index = destination.HeapIndex;
        if (!destination.IsReady)
        {
            Remove(destination);
            return;
        }

        if (index < 0)
        {
            index = _heap.Count;
            _heap.Add(destination);
            destination.HeapIndex = index;
        }

        if (!Rise(index))
        {
            Sink(index);
        }
    }

    /// <summary>Takes it out before its head's order changes.</summary>
    public void Remove(Destination destination)
    {
        if (destination.HeapIndex >= 0)
        {
            RemoveAt(destination.HeapIndex);
        }
    }

    private static bool IsBefore(Destination a, Destination b)
    {
        // Ready destinations have a head.
        var (x, y) = (a.Head!, b.Head!);
        return x.Job.Order != y.Job.Order ? x.Job.Order < y.Job.Order : x.Turn < y.Turn;
    }

    private void RemoveAt(int index)
    {
        _heap[index].HeapIndex = -1;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (index == _heap.Count)
        {
            return;
        }

        _heap[index] = last;
        last.HeapIndex = index;
        if (!Rise(index))
        {
            Sink(index);
        }
    }

    private bool Rise(int index)
    {
        var moved = false;
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (!IsBefore(_heap[index], _heap[parent]))
            {
                break;
            }

            Swap(index, parent);
            index = parent;
            moved = true;
        }

        return moved;
    }

    private void Sink(int index)
    {
        while (true)
        {
            var child = 2 * index + 1;
            if (child >= _heap.Count)
            {
                return;
            }

            if (child + 1 < _heap.Count && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!IsBefore(_heap[child], _heap[index]))
            {
                return;
            }

            Swap(index, child);
            index = child;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _heap[a].HeapIndex = a;
        _heap[b].HeapIndex = b;
    }
}
