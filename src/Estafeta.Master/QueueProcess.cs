using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Hosting;

namespace Estafeta.Master;

/// <summary>
/// The one process behind all entries of <see cref="QueueProcessPrograms"/>: runs always, gets its services and their sockets over the
/// control channel, and gets them anew at reload, without losing what it has in hand.
/// </summary>
internal sealed class QueueProcess(ProgramLocator programs)
{
    /// <summary>Its place among the services; the entry is made up.</summary>
    public Service Slot { get; } = new(new PlannedService(Entry, [], 1));

    private static MasterEntry Entry => new()
    {
        Name = QueueProcessPrograms.ProcessName,
        Type = ServiceType.Unix,
        IsPrivate = true,
        IsUnprivileged = true,
        Chroot = false,
        WakeupSeconds = 0,
        WakeupOnlyIfUsed = false,
        ProcessLimit = 1,
        Command = QueueProcessPrograms.ProcessName,
        Arguments = [],
        Overrides = [],
        Position = new SourcePosition("master.cf", 0),
    };

    /// <summary>Starts it unless there is nothing for it to do. Throws <see cref="Unix.UnixException"/>.</summary>
    public void Start(MasterSettings settings, IReadOnlyList<Service> services)
    {
        if (!services.Any(s => s.Plan.IsHosted))
        {
            return;
        }

        Slot.Add(ServiceProcess.Start(
            Path.Combine(settings.DaemonDirectory, QueueProcessPrograms.ProcessName),
            programs.Find(QueueProcessPrograms.ProcessName, settings.DaemonDirectory),
            [QueueProcessPrograms.ProcessName, "-l", "-t", "unix", "-u"],
            CommandLine.Environment(settings, QueueProcessPrograms.ProcessName, null),
            [],
            withOutput: false,
            confined: programs.NeedsNoNewPrivileges(QueueProcessPrograms.ProcessName)));
        Assign(services);
    }

    /// <summary>Tells the running process which services it has now.</summary>
    public void Assign(IReadOnlyList<Service> services) => (Slot.Workers.Count > 0 ? Slot.Workers[0] : null)?.SendServices(services
        .Where(s => s.Plan.IsHosted)
        .Select(s => (ToAssignment(s.Plan), (IReadOnlyList<Listener>)s.Listeners)));

    private static ServiceAssignment ToAssignment(PlannedService plan) => new()
    {
        Name = plan.Entry.Name,
        Type = plan.Entry.TypeName,
        Program = plan.Entry.Command,
        Limit = plan.Limit,
        Arguments = CommandLine.Of(plan)[1..],
    };
}
