using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Validation;
using Estafeta.Services.Hosting;
using Names = Estafeta.Configuration.Catalogue.Parameters;

namespace Estafeta.Master;

/// <summary>
/// A whole configuration, read and checked before anything of it is acted upon: main.cf, master.cf, and for each service its addresses.
/// Start and reload both make one; when that fails nothing has changed.
/// </summary>
internal sealed record ServicePlan(MasterSettings Settings, IReadOnlyList<PlannedService> Services, IReadOnlyList<string> Warnings)
{
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <exception cref="ConfigurationException">With file and line of what is wrong.</exception>
    public static ServicePlan From(ConfigurationSnapshot snapshot)
    {
        snapshot.RequireGood();
        var settings = MasterSettings.From(snapshot.Main);
        var file = snapshot.Master;
        var services = new List<PlannedService>();
        foreach (var entry in file.Entries)
        {
            if (!IsDisabled(entry, settings))
            {
                services.Add(new PlannedService(
                    entry,
                    ServiceAddresses.Of(entry, settings),
                    entry.ProcessLimit ?? settings.DefaultProcessLimit,
                    snapshot.Main.With(entry).Get(Names.EstafetaProcessesPerService)));
            }
        }

        return services.Count > 0
            ? new ServicePlan(settings, services, [.. snapshot.Warnings]) { Notices = [.. snapshot.Notices] }
            : throw new ConfigurationException($"{file.Path}: no valid master.cf entry");
    }

    // master_service_disable: "inet", "smtp/inet".
    private static bool IsDisabled(MasterEntry entry, MasterSettings settings) =>
        settings.DisabledServices.Any(word => word == entry.TypeName || word == $"{entry.Name}/{entry.TypeName}");
}

/// <summary>An entry of master.cf with what was worked out from it.</summary>
/// <param name="Limit">Of sessions, times estafeta_sessions_per_process; 0: none.</param>
/// <param name="Processes">estafeta_processes_per_service.</param>
internal sealed record PlannedService(MasterEntry Entry, IReadOnlyList<ListenerAddress> Addresses, int Limit, int Processes = 1)
{
    /// <summary>Processes that take new work at once; postlogd must put the lines of all in order.</summary>
    public int Workers => Entry.Command == "postlogd" ? 1 : Limit == 0 ? Processes : Math.Min(Processes, Limit);

    /// <summary>What each worker is told of the limit; null: what main.cf says.</summary>
    public int? LimitOfWorker => Workers == 1 || Limit == 0 ? Entry.ProcessLimit : (Limit + Workers - 1) / Workers;

    /// <summary>Served by the queue process together with its like, not by a process of its own.</summary>
    public bool IsHosted => QueueProcessPrograms.Contains(Entry.Command);
}
