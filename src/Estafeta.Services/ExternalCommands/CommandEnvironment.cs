using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.ExternalCommands;

/// <summary>What every external command finds in its environment: a fixed path, and what export_environment lets through.</summary>
public static class CommandEnvironment
{
    public const string SearchPath = "/usr/bin:/bin";

    public static IReadOnlyList<string> Read(ParameterSet parameters)
    {
        var entries = new List<string> { "PATH=" + SearchPath };
        foreach (var (name, value) in EnvironmentList.Parse(parameters.Get(Parameters.ExportEnvironment)))
        {
            if ((value ?? Environment.GetEnvironmentVariable(name) ?? (name == "MAIL_CONFIG" ? parameters.ConfigDirectory : null)) is { } known)
            {
                entries.Add($"{name}={known}");
            }
        }

        return entries;
    }
}
