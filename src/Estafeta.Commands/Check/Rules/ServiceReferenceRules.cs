using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Services that something relies on and master.cf does not have, and sockets of other programs that are not there.</summary>
internal static class ServiceReferenceRules
{
    private static readonly (StringParameter Parameter, string Program)[] ServiceNames =
    [
        (Parameters.BounceServiceName, "bounce"), (Parameters.CleanupServiceName, "cleanup"), (Parameters.DeferServiceName, "bounce"), (Parameters.FlushServiceName, "flush"),
        (Parameters.PickupServiceName, "pickup"), (Parameters.QueueServiceName, "qmgr"), (Parameters.ShowqServiceName, "showq"), (Parameters.TraceServiceName, "bounce"),
        (Parameters.AddressVerifyServiceName, "verify"), (Parameters.ProxymapServiceName, "proxymap"), (Parameters.RewriteServiceName, "trivial-rewrite"),
        (Parameters.TlsmgrServiceName, "tlsmgr"),
    ];

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        if (configuration.Snapshot.SyntaxProblems.Count > 0)
        {
            return [];
        }

        return Named(configuration).Concat(Postscreen(configuration)).Concat(Needed(configuration)).Concat(TlsManager(configuration)).Concat(Sockets(configuration));
    }

    // -o cleanup_service_name=outclean
    private static IEnumerable<Finding> Named(CheckedConfiguration configuration)
    {
        var scopes = configuration.Snapshot.Master.Entries.Select(e => (Parameters: configuration.Main.With(e), e.Position)).Prepend((configuration.Main, default));
        var seen = new HashSet<(string, string)>();
        foreach (var (parameters, position) in scopes)
        {
            foreach (var (parameter, program) in ServiceNames.Where(s => parameters.IsSet(s.Parameter)))
            {
                var name = CheckedConfiguration.Value(parameters, parameter);
                if (!configuration.HasService(name, ServiceType.Unix) && seen.Add((parameter.Name, name)))
                {
                    var own = configuration.Main.PositionOf(parameter.Name);
                    yield return new("unknown-service", FindingSeverity.Error, position.IsKnown ? position : own, $"{parameter.Name} names {name}, which is no unix service of master.cf", $"add a service {name} that runs {program}");
                }
            }
        }
    }

    private static IEnumerable<Finding> Postscreen(CheckedConfiguration configuration)
    {
        foreach (var entry in configuration.Snapshot.Master.Entries.Where(e => e.Command == "postscreen"))
        {
            var parameters = configuration.Main.With(entry);
            if (!configuration.HasService(CheckedConfiguration.Value(parameters, Parameters.SmtpdServiceName), ServiceType.Pass))
            {
                yield return new("missing-service", FindingSeverity.Error, entry.Position, "postscreen hands clients to a service of type pass, and master.cf has none", "add: smtpd pass - - n - - smtpd");
            }

            if (CheckedConfiguration.Value(parameters, Parameters.PostscreenDnsblSites).Length > 0 && !configuration.HasService(CheckedConfiguration.Value(parameters, Parameters.DnsblogServiceName), ServiceType.Unix))
            {
                yield return new("missing-service", FindingSeverity.Warning, entry.Position, "master.cf has no service dnsblog: postscreen asks the lists itself, but Postfix's would not do without", "add: dnsblog unix - - n - 0 dnsblog");
            }

            if (entry.ProcessLimit != 1)
            {
                yield return new("process-limit", FindingSeverity.Error, entry.Position, $"{entry.Name}: there must be one postscreen", "write 1 in the seventh column");
            }
        }
    }

    private static IEnumerable<Finding> Needed(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        foreach (var (parameters, position, owner) in configuration.Scopes("smtpd"))
        {
            var verifying = RestrictionWords.Lists.FirstOrDefault(l => RestrictionWords.Split(CheckedConfiguration.Value(parameters, l)).Exists(w => w.Word is "reject_unverified_recipient" or "reject_unverified_sender"));
            if (verifying != null && !configuration.HasService(CheckedConfiguration.Value(parameters, Parameters.AddressVerifyServiceName), ServiceType.Unix))
            {
                yield return Finding.At(parameters, verifying, "missing-service", FindingSeverity.Error, $"{owner}: address verification needs the service verify, and master.cf has none", "add: verify unix - - n - 1 verify").Or(position);
                break;
            }
        }

        var proxied = main.SetNames.Order(StringComparer.Ordinal).FirstOrDefault(n => Parameters.Find(n) != null && CheckedConfiguration.Value(main, n).Contains("proxy:", StringComparison.Ordinal) && n is not ("proxy_read_maps" or "proxy_write_maps"));
        if (proxied != null && !configuration.HasService(CheckedConfiguration.Value(main, Parameters.ProxymapServiceName), ServiceType.Unix))
        {
            yield return new("missing-service", FindingSeverity.Error, main.PositionOf(proxied), $"{proxied}: proxy tables need the service proxymap, and master.cf has none", "add: proxymap unix - - n - - proxymap");
        }
    }

    // tlsmgr keeps the policies and the counts of all smtp processes.
    private static IEnumerable<Finding> TlsManager(CheckedConfiguration configuration)
    {
        const string Remedy = "add: tlsmgr unix - - n 1000? 1 tlsmgr";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (parameters, position, _) in configuration.Scopes("smtp"))
        {
            if (configuration.HasService(CheckedConfiguration.Value(parameters, Parameters.TlsmgrServiceName), ServiceType.Unix))
            {
                continue;
            }

            if (CheckedConfiguration.IsYes(parameters, Parameters.EstafetaMtaSts) && seen.Add(Parameters.EstafetaMtaSts.Name))
            {
                yield return Finding.At(parameters, Parameters.EstafetaMtaSts, "missing-service", FindingSeverity.Error, "estafeta_mta_sts needs the service tlsmgr, and master.cf has none: mail is deferred", Remedy).Or(position);
            }

            if (CheckedConfiguration.IsYes(parameters, Parameters.SmtpTlsrptEnable) && seen.Add(Parameters.SmtpTlsrptEnable.Name))
            {
                yield return Finding.At(parameters, Parameters.SmtpTlsrptEnable, "missing-service", FindingSeverity.Warning, "smtp_tlsrpt_enable needs the service tlsmgr, and master.cf has none: there are no reports", Remedy).Or(position);
            }
        }
    }

    // Only where the mail system is at home: elsewhere nobody can say what will be there.
    private static IEnumerable<Finding> Sockets(CheckedConfiguration configuration)
    {
        var queue = CheckedConfiguration.Value(configuration.Main, Parameters.QueueDirectory);
        if (!Directory.Exists(Path.Combine(queue, "private")))
        {
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (parameters, position, _) in configuration.Scopes("smtpd"))
        {
            foreach (var (parameter, path) in SocketsOf(parameters))
            {
                var name = path.StartsWith("private/", StringComparison.Ordinal) ? path["private/".Length..] : "";
                if (seen.Add(path) && !configuration.HasService(name, ServiceType.Unix) && !File.Exists(Path.Combine(queue, path)))
                {
                    yield return Finding.At(parameters, parameter, "missing-socket", FindingSeverity.Warning, $"{parameter.Name}: nobody listens at {Path.Combine(queue, path)}", "start the program that serves it, or add a service of that name to master.cf").Or(position);
                }
            }
        }
    }

    private static IEnumerable<(Parameter Parameter, string Path)> SocketsOf(ParameterSet parameters)
    {
        foreach (var list in RestrictionWords.Lists)
        {
            foreach (var (_, argument) in RestrictionWords.Split(CheckedConfiguration.Value(parameters, list)).Where(w => w.Word == "check_policy_service"))
            {
                var address = argument.Trim('{', '}', ' ').Split(',', ' ')[0];
                if (address.StartsWith("unix:", StringComparison.Ordinal))
                {
                    yield return (list, address["unix:".Length..]);
                }
            }
        }

        if (CheckedConfiguration.IsYes(parameters, Parameters.SmtpdSaslAuthEnable) && CheckedConfiguration.Value(parameters, Parameters.SmtpdSaslType) == "dovecot"
            && CheckedConfiguration.Value(parameters, Parameters.SmtpdSaslPath) is { Length: > 0 } path && !path.StartsWith("inet:", StringComparison.Ordinal))
        {
            yield return (Parameters.SmtpdSaslPath, path.StartsWith("unix:", StringComparison.Ordinal) ? path["unix:".Length..] : path);
        }
    }
}
