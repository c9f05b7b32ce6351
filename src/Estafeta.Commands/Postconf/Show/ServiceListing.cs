using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Usage;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf.Show;

/// <summary>master.cf: whole entries (<c>-M</c>), their columns (<c>-F</c>), the parameters they set (<c>-P</c>).</summary>
internal sealed class ServiceListing(ShownConfiguration configuration, ConfigurationWriter output)
{
    private readonly ServiceText _text = new(output);

    public void ShowEntries(IReadOnlyList<string> requests, CommandLog log) =>
        Show(ServicePattern.ParseAll(requests, 2, "-M option requires service_name[/type]"), log, (service, _) =>
        {
            if (output.WritesJson)
            {
                output.JsonLine(service.Line.Key, string.Join(' ', [.. service.Line.Fields, .. ServiceText.Arguments(service.Line, Value(service))]));
                return;
            }

            _text.Write(service.Line, Value(service));
        });

    public void ShowFields(IReadOnlyList<string> requests, CommandLog log)
    {
        var patterns = ServicePattern.ParseAll(requests, 3, "-F option requires service_name[/type[/field]]");
        foreach (var pattern in patterns)
        {
            _ = pattern.IsAnyDetail ? 0 : ServicePattern.FieldIndex(pattern.Detail);
        }

        Show(patterns, log, (service, pattern) =>
        {
            for (var i = 0; i < ServiceLine.FieldNames.Count; i++)
            {
                if (pattern.IsAnyDetail || pattern.Detail == ServiceLine.FieldNames[i])
                {
                    ShowField(service, i);
                }
            }
        });
    }

    /// <param name="requests">Which of them.</param>
    /// <param name="all">Also what the entries do not set (<c>-PP</c>): with <c>-x</c>, what their settings make of it.</param>
    /// <param name="log">For requests that nothing matches.</param>
    public void ShowOverrides(IReadOnlyList<string> requests, bool all, CommandLog log)
    {
        var others = all ? ParameterListing.AllNames(configuration) : [];
        var patterns = ServicePattern.ParseAll(requests, 3, "-P option requires service_name[/type[/parameter]]");
        Show(patterns, log, (service, pattern) =>
        {
            var value = Value(service);
            foreach (var name in service.Overrides.Keys.Union(others).Order(StringComparer.Ordinal))
            {
                if (pattern.IsAnyDetail || pattern.Detail == name)
                {
                    pattern.WasMatched = true;
                    output.Setting(
                        $"{service.Line.Key}/{name}",
                        service.Overrides.TryGetValue(name, out var set) ? value(set) : ParameterListing.IsRaw(name) ? Unset(name) : value(Unset(name)));
                }
            }
        }, matchesByDetail: true);
    }

    private string Unset(string name) => ParameterListing.ValueOf(name, configuration);

    private void ShowField(ServiceScope service, int field)
    {
        var name = $"{service.Line.Key}/{ServiceLine.FieldNames[field]}";
        if (field != ServiceLine.FieldNames.Count - 1 || output.WritesJson)
        {
            var command = (string[])[service.Line.Command, .. ServiceText.Arguments(service.Line, Value(service))];
            output.Setting(name, field == ServiceLine.FieldNames.Count - 1 ? string.Join(' ', command) : service.Line.Fields[field]);
            return;
        }

        output.Write(output.HidesNames ? "" : output.HidesValues ? name : name + " =");
        if (!output.HidesValues)
        {
            output.Word(service.Line.Command);
            _text.WriteArguments(service.Line, Value(service));
        }

        output.EndLine();
    }

    /// <summary>Values as they are, or expanded in the scope of the service.</summary>
    private Func<string, string> Value(ServiceScope service)
    {
        if (!output.Expands)
        {
            return static value => value;
        }

        var parameters = configuration.Main.With(service.Overrides);
        return parameters.Expand;
    }

    private void Show(IReadOnlyList<ServicePattern> patterns, CommandLog log, Action<ServiceScope, ServicePattern> show, bool matchesByDetail = false)
    {
        foreach (var service in configuration.Usage.Services)
        {
            foreach (var pattern in patterns)
            {
                if (pattern.Matches(service.Line))
                {
                    pattern.WasMatched |= !matchesByDetail;
                    show(service, pattern);
                }
            }
        }

        output.Flush();
        foreach (var pattern in patterns)
        {
            if (!pattern.WasMatched && pattern.Request.Length > 0)
            {
                log.Warning($"unmatched request: \"{pattern.Request}\"");
            }
        }
    }
}
