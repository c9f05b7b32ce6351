using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Postmulti;

/// <summary>Edits the main.cf of instances, by postconf(1), which keeps its comments and its lock.</summary>
internal static class InstanceSettings
{
    public static void Set(Instance primary, string configDirectory, params string[] settings)
    {
        var postconf = Path.Combine(primary.Parameters.Get(Parameters.CommandDirectory), "postconf");
        if (InstanceCommand.Run(primary, [postconf, "-c", configDirectory, "-e", .. settings]) != 0)
        {
            throw new CommandException($"cannot change {configDirectory}/main.cf");
        }
    }

    /// <summary>Puts an instance into the list of the primary one; <paramref name="before"/> is whose place it takes, null the end.</summary>
    public static void Enlist(Instance primary, string configDirectory, string? before)
    {
        var directories = WordList.Split(primary.Parameters.Get(Parameters.MultiInstanceDirectories));
        var place = before == null ? directories.Count : directories.IndexOf(before);
        directories.Insert(place, configDirectory);
        Set(primary, primary.ConfigDirectory, "multi_instance_directories = " + string.Join(' ', directories));
    }

    public static void Delist(Instance primary, string configDirectory)
    {
        var directories = WordList.Split(primary.Parameters.Get(Parameters.MultiInstanceDirectories));
        directories.Remove(configDirectory);
        Set(primary, primary.ConfigDirectory, "multi_instance_directories = " + string.Join(' ', directories));
    }
}
