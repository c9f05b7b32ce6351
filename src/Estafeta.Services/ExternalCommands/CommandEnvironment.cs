using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.ExternalCommands;

/// <summary>What every external command finds in its environment: a fixed path, and what export_environment lets through.</summary>
public static class CommandEnvironment
{
    public const string SearchPath = "/usr/bin:/bin";

    public static IReadOnlyList<string> Read(ParameterSet parameters)
    {
        var entries = new List<string> { "PATH=" + SearchPath };
        foreach (var word in parameters.Get(Parameters.ExportEnvironment).Split([' ', '\t', ',', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Contains('=', StringComparison.Ordinal))
            {
                entries.Add(word);
            }
            else if ((Environment.GetEnvironmentVariable(word) ?? (word == "MAIL_CONFIG" ? parameters.ConfigDirectory : null)) is { } value)
            {
                entries.Add($"{word}={value}");
            }
        }

        return entries;
    }
}
