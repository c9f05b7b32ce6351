namespace Estafeta.Queue.Scheduling;

/// <summary>
/// The arithmetic of pre-emption: a job earns a delivery slot with every <c>delivery_slot_cost</c> entries; another job that needs
/// no more slots than it has may go before it, so that small mail slips past large mail and large mail loses at most a known share
/// of its speed. SCHEDULER_README, "How the preemption works".
/// </summary>
internal static class SlotRules
{
    /// <summary>Slots earned and not spent; negative after a loan.</summary>
    public static int Available(Job job) => job.Selected / job.Transport.Settings.SlotCost - job.SlotsUsed;

    /// <summary>Slots it may have by the time its last entry is sent.</summary>
    public static int MostAvailable(Job job) => (job.Selected + job.Waiting) / job.Transport.Settings.SlotCost - job.SlotsUsed;

    /// <summary>Small jobs are not worth the trouble.</summary>
    public static bool CanBePreempted(Job job)
    {
        var settings = job.Transport.Settings;
        return settings.SlotCost >= 1 && job.Waiting > 0 && MostAvailable(job) >= Math.Max(settings.MinimumSlots, 1);
    }

    /// <summary>The job could go before this one, now or when more slots have been earned.</summary>
    public static bool Fits(Job candidate, Job current) => candidate.MostEntries <= MostAvailable(current);

    /// <summary>
    /// Enough slots are there: all but delivery_slot_discount percent of those needed and delivery_slot_loan more. What is missing
    /// has to be earned before the next pre-emption.
    /// </summary>
    public static bool CanAfford(Job current, int slots)
    {
        var settings = current.Transport.Settings;
        var missing = slots - Available(current);
        return missing <= slots * settings.SlotDiscount / 100.0 + settings.SlotLoan;
    }

    public static void Charge(Job current, Job candidate)
    {
        candidate.Preempted = current;
        candidate.SlotsCharged = candidate.MostEntries;
        candidate.SelectedBefore = candidate.Selected;
        current.SlotsUsed += candidate.SlotsCharged;
    }

    /// <summary>Returns what the finished job did not use.</summary>
    public static void Settle(Job finished)
    {
        if (finished.Preempted is { IsListed: true } preempted)
        {
            preempted.SlotsUsed -= finished.SlotsCharged - (finished.Selected - finished.SelectedBefore);
        }

        finished.Preempted = null;
    }
}
