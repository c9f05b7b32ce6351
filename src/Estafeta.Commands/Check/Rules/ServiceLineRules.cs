using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Check.Rules;

/// <summary>The lines of master.cf by themselves: programs, their arguments, addresses taken twice.</summary>
internal static class ServiceLineRules
{
    private const string PipeFlags = "BDFORXhqu.<>";

    private static readonly HashSet<string> Programs = new(StringComparer.Ordinal)
    {
        "anvil", "bounce", "cleanup", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master", "nqmgr", "oqmgr", "pickup", "pipe", "postlogd", "postscreen", "proxymap",
        "qmgr", "qmqpd", "scache", "showq", "smtp", "smtpd", "spawn", "tlsmgr", "tlsproxy", "trivial-rewrite", "verify", "virtual",
    };

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var entries = configuration.Snapshot.Master.Entries;
        foreach (var entry in entries)
        {
            foreach (var finding in Program(entry, configuration).Concat(Arguments(entry)))
            {
                yield return finding with { Position = entry.Position };
            }
        }

        foreach (var group in entries.Where(e => e.Type == ServiceType.Inet).GroupBy(e => Endpoint(e.Name)).Where(g => g.Count() > 1))
        {
            var last = group.Last();
            yield return new("address-in-use", FindingSeverity.Error, last.Position, $"{group.First().Name} and {last.Name} are one address: the second cannot listen", "remove one");
        }
    }

    private static string Endpoint(string name) => name[..(name.LastIndexOf(':') + 1)] + NextHop.PortOf(name);

    private static IEnumerable<Finding> Program(MasterEntry entry, CheckedConfiguration configuration)
    {
        var directory = CheckedConfiguration.Value(configuration.Main, Parameters.DaemonDirectory);
        if (!Programs.Contains(entry.Command) && !File.Exists(Path.Combine(directory, entry.Command)))
        {
            var nearest = NearestName.Of(entry.Command, Programs);
            yield return new("unknown-program", FindingSeverity.Error, default, $"{entry.Name}: there is no program {entry.Command}", nearest == null ? $"install it in {directory}" : $"write {nearest}");
        }
    }

    private static IEnumerable<Finding> Arguments(MasterEntry entry)
    {
        foreach (var argument in StrayArguments(entry))
        {
            yield return new("stray-argument", FindingSeverity.Error, default, $"{entry.Name}: {entry.Command} takes no argument \"{argument}\"", "write -o name=value without blanks, or -o { name = value }");
        }

        if (entry.Command is not ("pipe" or "spawn"))
        {
            yield break;
        }

        var attributes = entry.Arguments.Where(a => a.Contains('=', StringComparison.Ordinal)).Select(a => a.Split('=', 2)).ToList();
        if (!attributes.Exists(a => a[0] == "argv"))
        {
            yield return new("pipe-arguments", FindingSeverity.Error, default, $"{entry.Name}: {entry.Command} needs argv=command", "add argv=");
        }

        var user = attributes.Find(a => a[0] == "user")?[1];
        if (user == null)
        {
            yield return new("pipe-arguments", FindingSeverity.Error, default, $"{entry.Name}: {entry.Command} needs user=name", "add user=");
        }
        else if (Accounts.FindUser(user.Split(':')[0]) == null)
        {
            yield return new("unknown-user", FindingSeverity.Warning, default, $"{entry.Name}: there is no user {user.Split(':')[0]}", "make the account, or name another");
        }

        if (attributes.Find(a => a[0] == "flags")?[1].FirstOrDefault(c => !PipeFlags.Contains(c, StringComparison.Ordinal)) is { } flag and not '\0')
        {
            yield return new("pipe-arguments", FindingSeverity.Error, default, $"{entry.Name}: unknown flag {flag}", "remove it");
        }
    }

    // "-o name = value" is a setting without a value and two words that nobody takes.
    private static IEnumerable<string> StrayArguments(MasterEntry entry)
    {
        if (entry.Command is "pipe" or "spawn" || !Programs.Contains(entry.Command))
        {
            yield break;
        }

        for (var i = 0; i < entry.Arguments.Count; i++)
        {
            var argument = entry.Arguments[i];
            if (argument == "-o")
            {
                i++;
                if (i == entry.Arguments.Count || !entry.Arguments[i].Contains('=', StringComparison.Ordinal))
                {
                    yield return $"-o {(i < entry.Arguments.Count ? entry.Arguments[i] : "")}".TrimEnd();
                }
            }
            else if (!argument.StartsWith('-'))
            {
                yield return argument;
            }
        }
    }
}
