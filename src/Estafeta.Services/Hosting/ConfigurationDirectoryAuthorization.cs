using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.Hosting;

/// <summary>
/// Which configuration directories a user who is not root may name: the default one, and those listed in
/// alternate_config_directories or multi_instance_directories of the default main.cf. The set-gid commands would otherwise
/// write wherever the user's own main.cf says.
/// </summary>
public static class ConfigurationDirectoryAuthorization
{
    /// <returns>Null when allowed; else what to log: an error, then why it is fatal.</returns>
    public static (string Error, string Fatal)? Check(string directory, bool isRoot)
    {
        if (isRoot || directory == ConfigurationDirectory.Default || IsListed(directory))
        {
            return null;
        }

        return (
            $"unauthorized configuration directory name: {directory}",
            $"specify \"{Parameters.AlternateConfigDirectories.Name} = {directory}\" or \"{Parameters.MultiInstanceDirectories.Name} = {directory}\""
                + $" in {Path.Combine(ConfigurationDirectory.Default, "main.cf")}");
    }

    private static bool IsListed(string directory)
    {
        if (!File.Exists(Path.Combine(ConfigurationDirectory.Default, "main.cf")))
        {
            return false;
        }

        var parameters = ParameterSet.Load(ConfigurationDirectory.Default);
        return WordList.Split(parameters.Get(Parameters.AlternateConfigDirectories)).Contains(directory)
            || WordList.Split(parameters.Get(Parameters.MultiInstanceDirectories)).Contains(directory);
    }
}
