using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// From one configuration to the next. Sockets whose address stays are kept, so that no client notices; each process is told to drain
/// and its successor starts with the new settings; the queue process takes them itself. When the new configuration cannot be used, the
/// old one goes on.
/// </summary>
internal sealed partial class Supervisor
{
    // Services no longer in master.cf that still have processes.
    private readonly List<Service> _removed = [];

    private void Reload()
    {
        ServicePlan plan;
        try
        {
            var snapshot = ConfigurationSnapshot.Load(Settings.Parameters.ConfigDirectory);
            if (!snapshot.IsGood)
            {
                Refuse(snapshot);
                return;
            }

            plan = ServicePlan.From(snapshot);
            RequireSamePlace(plan.Settings);
            Apply(plan);
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            _log.Error($"reload failed, the old configuration stays in use: {e.Message}");
            return;
        }

        _log.Info($"reload -- version {plan.Settings.Version}, configuration {plan.Settings.Parameters.ConfigDirectory}");
        foreach (var service in _services.Where(s => !s.Plan.IsHosted))
        {
            // Also ends a throttle: the reason may be gone.
            service.ThrottledUntil = null;
            Drain(service);
        }

        _queue.Slot.ThrottledUntil = null;
        _queue.Assign(_services);
        StartQueue();
        ScheduleWakeups();
    }

    // Postfix would end its services one after the other; here the reason is in the log and the old configuration runs on.
    private void Refuse(ConfigurationSnapshot snapshot)
    {
        foreach (var problem in snapshot.Problems)
        {
            _log.Error($"reload failed, the old configuration stays in use: {problem.Message}");
        }
    }

    private static void Drain(Service service)
    {
        foreach (var worker in service.Workers.ToList())
        {
            worker.Tell(SignalNumber.Hangup);
            service.Retire(worker);
        }
    }

    // All sockets are opened before anything changes; a failure leaves no trace.
    private void Apply(ServicePlan plan)
    {
        var kept = _services.SelectMany(s => s.Listeners).ToDictionary(l => l.Address);
        var opened = new List<Listener>();
        var services = new List<Service>();
        try
        {
            foreach (var planned in plan.Services)
            {
                services.Add(Prepare(planned, plan.Settings, kept, opened));
            }
        }
        catch
        {
            opened.ForEach(l => l.Remove());
            throw;
        }

        foreach (var warning in plan.Warnings)
        {
            _log.Warning(warning);
        }

        foreach (var notice in plan.Notices)
        {
            _log.Info(notice);
        }

        Replace(services, kept.Values);
        Settings = plan.Settings;
    }

    private static Service Prepare(PlannedService planned, MasterSettings settings, Dictionary<ListenerAddress, Listener> kept, List<Listener> opened)
    {
        var service = new Service(planned);
        foreach (var address in planned.Addresses)
        {
            if (kept.Remove(address, out var listener))
            {
                service.Listeners.Add(listener);
                continue;
            }

            var fresh = Listener.Open(address, settings.MailOwner, settings.TcpWindow);
            opened.Add(fresh);
            service.Listeners.Add(fresh);
        }

        return service;
    }

    // A service that stays keeps its processes; those of one that went are drained and watched to their end.
    private void Replace(List<Service> services, IEnumerable<Listener> unused)
    {
        foreach (var old in _services)
        {
            var successor = services.Find(s => s.Plan.Entry.Name == old.Plan.Entry.Name && s.Plan.Entry.Type == old.Plan.Entry.Type);
            if (successor != null)
            {
                successor.Inherit(old);
                continue;
            }

            Drain(old);
            _removed.Add(old);
        }

        var paths = services.SelectMany(s => s.Listeners).Select(l => l.Address.Path).ToHashSet();
        foreach (var listener in unused)
        {
            if (paths.Contains(listener.Address.Path))
            {
                listener.Dispose();
            }
            else
            {
                listener.Remove();
            }
        }

        _services = services;
    }

    // Processes and files are there already, and belong to that user.
    private void RequireSamePlace(MasterSettings settings)
    {
        foreach (var parameter in (StringParameter[])[Parameters.QueueDirectory, Parameters.DataDirectory, Parameters.MailOwner])
        {
            var (old, present) = (Settings.Parameters.Get(parameter), settings.Parameters.Get(parameter));
            if (old != present)
            {
                throw new ConfigurationException($"to change {parameter.Name} from {old} to {present}, stop and start Postfix", settings.Parameters.PositionOf(parameter.Name));
            }
        }
    }
}
