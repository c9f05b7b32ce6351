using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Mail that would be sent to this host by itself: next hops of parameters, of content filters, and of transport tables written in main.cf.</summary>
internal static class LoopRules
{
    private static readonly StringParameter[] Destinations = [Parameters.Relayhost, Parameters.SmtpFallbackRelay];

    private static readonly StringParameter[] Transports =
        [Parameters.DefaultTransport, Parameters.RelayTransport, Parameters.VirtualTransport, Parameters.LocalTransport, Parameters.MailboxTransport, Parameters.FallbackTransport];

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        foreach (var parameter in Destinations)
        {
            foreach (var destination in CheckedConfiguration.Words(main, parameter))
            {
                if (NextHop.Parse(destination)?.IsSelf(configuration) == true)
                {
                    yield return Loop(main, parameter.Name, destination);
                }
            }
        }

        foreach (var parameter in Transports)
        {
            if (IsLoop(configuration, CheckedConfiguration.Value(main, parameter)))
            {
                yield return Loop(main, parameter.Name, CheckedConfiguration.Value(main, parameter));
            }
        }

        foreach (var (parameter, value) in InlineTransports(main).Where(t => IsLoop(configuration, t.Value)))
        {
            yield return Loop(main, parameter, value);
        }

        foreach (var (parameters, position, owner) in configuration.Scopes("smtpd").Concat(configuration.Scopes("pickup")))
        {
            var filter = CheckedConfiguration.Value(parameters, Parameters.ContentFilter);
            if (IsLoop(configuration, filter) && FiltersAgain(configuration, filter))
            {
                yield return Loop(parameters, Parameters.ContentFilter.Name, filter).Or(position) with { Message = $"{owner}: content_filter {filter} is a service that filters again: mail loops" };
                yield break;
            }
        }
    }

    private static Finding Loop(ParameterSet parameters, string name, string destination) => new(
        "mail-loop", FindingSeverity.Error, parameters.PositionOf(name), $"{name} sends mail to this host itself ({destination}): mail loops", "name the next host, or deliver here");

    private static bool IsLoop(CheckedConfiguration configuration, string transport)
    {
        var parts = transport.Split(':', 2);
        var service = configuration.Snapshot.Master.Entries.FirstOrDefault(e => e.Name == parts[0] && e.Type == ServiceType.Unix);
        return service?.Command == "smtp" && parts.Length == 2 && NextHop.Parse(parts[1])?.IsSelf(configuration) == true;
    }

    // The service that takes the filtered mail back must say "content_filter=".
    private static bool FiltersAgain(CheckedConfiguration configuration, string filter)
    {
        var port = NextHop.PortOf(filter);
        return configuration.Snapshot.Master.Entries.Any(e => e.Type == ServiceType.Inet && e.Command == "smtpd" && NextHop.PortOf(e.Name) == port
            && CheckedConfiguration.Value(configuration.Main.With(e), Parameters.ContentFilter) == filter);
    }

    private static IEnumerable<(string Parameter, string Value)> InlineTransports(ParameterSet main)
    {
        foreach (var table in CheckedConfiguration.Words(main, Parameters.TransportMaps))
        {
            if (!table.StartsWith("inline:{", StringComparison.Ordinal) || WordList.Unbrace(table.AsSpan("inline:".Length), out var inside) != null)
            {
                continue;
            }

            foreach (var entry in WordList.Split(inside))
            {
                var text = entry.Trim('{', '}', ' ');
                if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                {
                    yield return (Parameters.TransportMaps.Name, text[(equals + 1)..].Trim());
                }
            }
        }
    }
}
