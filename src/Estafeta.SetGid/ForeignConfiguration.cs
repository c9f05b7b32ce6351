using Estafeta.Services.Hosting;
using Estafeta.Unix.Identity;

namespace Estafeta.SetGid;

/// <summary>
/// A set-gid command must not read a configuration its caller wrote: it would do as told with the group's rights. An ordinary user may only
/// name directories that the default configuration lists (alternate_config_directories, multi_instance_directories).
/// </summary>
internal static class ForeignConfiguration
{
    /// <summary>What to log when the directory asked for is not allowed.</summary>
    public static (string Error, string Fatal)? Find(IReadOnlyList<string> arguments) =>
        ConfigurationDirectoryAuthorization.Check(
            FromOption(arguments) ?? ConfigurationDirectory.Find(), isRoot: Privileges.RealUid == 0 || !Privileges.IsSetGid);

    // -c dir, -cdir, and within a cluster: -vc dir. Wrongly taking a value for the option only refuses more.
    private static string? FromOption(IReadOnlyList<string> arguments)
    {
        string? directory = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var at = arguments[i].StartsWith('-') ? arguments[i].IndexOf('c') : -1;
            if (at > 0)
            {
                directory = at + 1 < arguments[i].Length ? arguments[i][(at + 1)..] : i + 1 < arguments.Count ? arguments[i + 1] : directory;
            }
        }

        return directory;
    }
}
