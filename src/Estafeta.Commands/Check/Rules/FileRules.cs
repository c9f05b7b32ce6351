using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Usage;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Files that others may write, and passwords that others may read.</summary>
internal static class FileRules
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        foreach (var file in (string[])["main.cf", "master.cf"])
        {
            var path = Path.Combine(configuration.Main.ConfigDirectory, file);
            if (File.Exists(path) && (File.GetUnixFileMode(path) & OthersWrite) != 0)
            {
                yield return new("writable-configuration", FindingSeverity.Error, new(path, 1), $"{path} can be written by others", $"chmod go-w {path}");
            }
        }

        var name = Parameters.SmtpSaslPasswordMaps.Name;
        foreach (var (_, path) in TableReferences.In(CheckedConfiguration.Value(configuration.Main, name), static _ => { }))
        {
            if (path.StartsWith('/') && File.Exists(path) && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
            {
                yield return new("readable-passwords", FindingSeverity.Warning, configuration.Main.PositionOf(name), $"{path} holds passwords and can be read by everybody", $"chmod o-r {path}");
            }
        }
    }
}
