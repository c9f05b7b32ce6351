namespace Estafeta.Queue.Scheduling;

/// <summary>
/// When a message whose recipients are scheduled in batches gets the next one: when none of the last is left; or when its transports have
/// room (&lt;transport&gt;_recipient_limit, and the extra limit for a message that went before another) and enough recipients were finished
/// (&lt;transport&gt;_recipient_refill_limit) or enough time has passed (&lt;transport&gt;_recipient_refill_delay).
/// </summary>
internal static class RecipientPool
{
    public static bool MayRefill(ScheduledMessage message, long now)
    {
        var isDue = false;
        for (var job = message.FirstJob; job != null; job = job.NextOfMessage)
        {
            var settings = job.Transport.Settings;
            var limit = settings.PoolLimit + (job.Preempted != null ? settings.ExtraPoolLimit : 0);
            if (job.Transport.Recipients >= limit)
            {
                return false;
            }

            isDue |= message.FinishedSinceBatch >= settings.RefillLimit || now - message.LastBatchTicks >= settings.RefillDelay.Ticks;
        }

        return isDue;
    }
}
