using Estafeta.Commands.Check.Rules;
using Estafeta.Commands.CommandLine;
using Estafeta.Services.Hosting;

namespace Estafeta.Commands.Check;

/// <summary>
/// <c>estafeta check [-c dir] [--json | --sarif]</c>: loads the configuration as the daemons would and tells what is wrong with it, where, why, and what to do.
/// Exit status 1 when there are errors.
/// </summary>
public static class CheckProgram
{
    private const string Name = "check";

    /// <param name="arguments">Without the verb.</param>
    /// <param name="time">For certificates.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null) => CommandProgram.RunAsync(Name, async log =>
    {
        var format = "text";
        string? directory = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--json" or "--sarif":
                    format = arguments[i][2..];
                    break;
                case "-c" when i + 1 < arguments.Count:
                    directory = arguments[++i];
                    break;
                default:
                    throw new CommandException("usage: estafeta check [-c config_dir] [--json | --sarif]", 64);
            }
        }

        var findings = await FindingsAsync(CheckedConfiguration.Load(directory ?? ConfigurationDirectory.Find()), time);
        log.Streams.Output.Write(format switch
        {
            "json" => CheckReport.Json(findings),
            "sarif" => CheckReport.Sarif(findings),
            _ => CheckReport.Text(findings),
        });
        return findings.Any(f => f.Severity == FindingSeverity.Error) ? 1 : 0;
    }, streams);

    public static async Task<IReadOnlyList<Finding>> FindingsAsync(CheckedConfiguration configuration, TimeProvider time) =>
    [
        .. NameRules.Find(configuration), .. ServiceRules.Find(configuration), .. ServiceLineRules.Find(configuration), .. ServiceReferenceRules.Find(configuration),
        .. AccessRules.Find(configuration), .. RestrictionPlaceRules.Find(configuration), .. NetworkRules.Find(configuration), .. LoopRules.Find(configuration),
        .. DeliveryRules.Find(configuration), .. await TableRules.FindAsync(configuration), .. new TlsRules(time).Find(configuration), .. new ClientTlsRules(time).Find(configuration), .. DkimRules.Find(configuration),
        .. FileRules.Find(configuration), .. OwnershipRules.Find(configuration),
    ];
}
