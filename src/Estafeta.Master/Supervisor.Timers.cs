using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Hosting;

namespace Estafeta.Master;

/// <summary>What happens by the clock: the end of a throttle, wake-ups, the patience of a stop.</summary>
internal sealed partial class Supervisor
{
    // Carries out what is due; returns when the next thing is.
    private TimeSpan? RunTimers()
    {
        TimeSpan? next = StopDeadline;
        foreach (var slot in Slots)
        {
            if (slot.ThrottledUntil is { } until)
            {
                if (until > Now)
                {
                    next = Earlier(next, until);
                    continue;
                }

                slot.ThrottledUntil = null;
                if (slot == _queue.Slot)
                {
                    StartQueue();
                }
            }
        }

        foreach (var service in _services)
        {
            if (service.NextWakeup is { } at && !IsStopping)
            {
                if (at <= Now)
                {
                    WakeupTrigger.Send(service.Listeners, _log);
                    at = Now + TimeSpan.FromSeconds(service.Plan.Entry.WakeupSeconds);
                    service.NextWakeup = at;
                }

                next = Earlier(next, at);
            }
        }

        return next;
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a == null || b < a ? b : a;

    // The first wake-up comes at once: what was left over from before is looked at. With "?" it waits for the service's first use, so as not to start a
    // process for nothing; the queue process runs anyway.
    private void ScheduleWakeups()
    {
        foreach (var service in _services)
        {
            service.NextWakeup = !IsWoken(service) ? null
                : service.Plan.Entry.WakeupOnlyIfUsed && !service.Plan.IsHosted ? service.NextWakeup
                : service.NextWakeup ?? Now;
        }
    }

    private static bool IsWoken(Service service) => service.Plan.Entry is { WakeupSeconds: > 0 } entry
        && entry.Type != ServiceType.UnixDatagram
        && (!service.Plan.IsHosted || QueueProcessPrograms.TakesTriggers(entry.Command));
}
