namespace Estafeta.Queue.Scheduling;

/// <summary>
/// A transport's jobs in the order they are served: by the time their messages became active, except for jobs moved in front of
/// one they pre-empt. Each job carries a number that agrees with the order, so two jobs compare without walking the list.
/// </summary>
internal sealed class JobList
{
    private const long Gap = 1L << 32;

    public Job? First { get; private set; }

    public Job? Last { get; private set; }

    public int Count { get; private set; }

    /// <summary>Adds a job by its message's place in line; nearly always the end.</summary>
    public void Add(Job job)
    {
        if (Last == null || Last.Message.Sequence < job.Message.Sequence)
        {
            Insert(job, before: null);
            return;
        }

        // A message that had recipients left to read comes back: it is old, so look from the front.
        var after = First;
        while (after != null && (after.Preempted != null || after.Message.Sequence < job.Message.Sequence))
        {
            after = after.Next;
        }

        Insert(job, after);
    }

    public void MoveBefore(Job job, Job before)
    {
        Remove(job);
        Insert(job, before);
    }

    public void Remove(Job job)
    {
        if (job.Previous == null)
        {
            First = job.Next;
        }
        else
        {
            job.Previous.Next = job.Next;
        }

        if (job.Next == null)
        {
            Last = job.Previous;
        }
        else
        {
            job.Next.Previous = job.Previous;
        }

        job.Previous = null;
        job.Next = null;
        job.IsListed = false;
        Count--;
    }

    private void Insert(Job job, Job? before)
    {
        job.Next = before;
        job.Previous = before == null ? Last : before.Previous;
        if (job.Previous == null)
        {
            First = job;
        }
        else
        {
            job.Previous.Next = job;
        }

        if (before == null)
        {
            Last = job;
        }
        else
        {
            before.Previous = job;
        }

        job.IsListed = true;
        Count++;
        Number(job);
    }

    private void Number(Job job)
    {
        if (job.Previous == null && job.Next == null)
        {
            job.Order = 0;
        }
        else if (job.Next == null)
        {
            job.Order = job.Previous!.Order + Gap; // not alone, so it has a neighbour
        }
        else if (job.Previous == null)
        {
            job.Order = job.Next.Order - Gap;
        }
        else
        {
            job.Order = job.Previous.Order + (job.Next.Order - job.Previous.Order) / 2;
            if (job.Order == job.Previous.Order)
            {
                Renumber();
            }
        }
    }

    // Keeps every comparison as it was, so structures ordered by it stay ordered.
    private void Renumber()
    {
        var order = 0L;
        for (var job = First; job != null; job = job.Next)
        {
            job.Order = order;
            order += Gap;
        }
    }
}
