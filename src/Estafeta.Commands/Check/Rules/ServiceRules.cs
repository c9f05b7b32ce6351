using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Check.Rules;

/// <summary>master.cf: services that must be there, services that parameters name, columns that these programs do not bear.</summary>
internal static class ServiceRules
{
    private static readonly string[] Needed = ["cleanup", "qmgr", "pickup", "rewrite", "bounce", "defer", "trace"];

    private static readonly StringParameter[] Transports =
    [
        Parameters.DefaultTransport, Parameters.LocalTransport, Parameters.VirtualTransport, Parameters.RelayTransport, Parameters.ContentFilter, Parameters.MailboxTransport,
        Parameters.FallbackTransport,
    ];

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var entries = configuration.Snapshot.Master.Entries;
        if (configuration.Snapshot.SyntaxProblems.Count > 0)
        {
            yield break;
        }

        foreach (var name in Needed.Where(n => !entries.Any(e => e.Name == n)))
        {
            yield return new("missing-service", FindingSeverity.Error, default, $"master.cf has no service {name}: mail will not move", $"restore the {name} entry");
        }

        foreach (var finding in Named(configuration.Main, entries).Concat(entries.SelectMany(Columns)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Named(ParameterSet main, IReadOnlyList<MasterEntry> entries)
    {
        foreach (var parameter in Transports)
        {
            var transport = CheckedConfiguration.Value(main, parameter).Split(':')[0];
            if (transport.Length > 0 && !entries.Any(e => e.Type == ServiceType.Unix && e.Name == transport))
            {
                yield return Finding.At(main, parameter, "unknown-transport", FindingSeverity.Error, $"{parameter.Name} names {transport}, which is no unix service of master.cf",
                    $"add a service {transport}, or name another");
            }
        }
    }

    private static IEnumerable<Finding> Columns(MasterEntry entry)
    {
        if (entry.IsUnprivileged && entry.Command is "local" or "pipe" or "spawn" or "virtual")
        {
            yield return new("needs-privileges", FindingSeverity.Error, entry.Position, $"{entry.Name}: {entry.Command} must start privileged", "write n in the fourth column");
        }

        if (entry.Chroot && entry.Command is "local" or "pipe" or "spawn" or "virtual" or "proxymap")
        {
            yield return new("chroot", FindingSeverity.Warning, entry.Position, $"{entry.Name}: {entry.Command} does not work in a chroot jail", "write n in the fifth column");
        }

        if (entry.Command is "qmgr" or "pickup" && entry.ProcessLimit != 1)
        {
            yield return new("process-limit", FindingSeverity.Error, entry.Position, $"{entry.Name}: there must be one {entry.Command}", "write 1 in the seventh column");
        }

        if (entry.Command is "qmgr" or "pickup" && entry.WakeupSeconds == 0)
        {
            yield return new("wakeup", FindingSeverity.Error, entry.Position, $"{entry.Name}: {entry.Command} is never woken", "write 60 or 300 in the sixth column");
        }

        if (entry.Command == "cleanup" && entry.ProcessLimit is not 0)
        {
            yield return new("process-limit", FindingSeverity.Warning, entry.Position, $"{entry.Name}: a limit for cleanup stalls mail", "write 0 in the seventh column");
        }
    }
}
