using Estafeta.Configuration.Files;

namespace Estafeta.Configuration.MasterCf;

/// <summary>
/// The services of master.cf (master(5)), in the order written. Of several entries for one service the last counts,
/// with a warning; master_service_disable is left to the reader.
/// </summary>
public sealed class MasterCfFile
{
    private MasterCfFile(string path, List<MasterEntry> entries, List<string> warnings)
    {
        Path = path;
        Entries = entries;
        Warnings = warnings;
    }

    public string Path { get; }

    public IReadOnlyList<MasterEntry> Entries { get; }

    public IReadOnlyList<string> Warnings { get; }

    /// <exception cref="ConfigurationException">The file cannot be read or an entry is malformed.</exception>
    public static MasterCfFile Load(string configDirectory)
    {
        var path = System.IO.Path.Combine(configDirectory, "master.cf");
        return Parse(ConfigurationFile.ReadText(path), path);
    }

    public static MasterCfFile Parse(string text, string path) => Parse(text, path, static problem => throw problem);

    /// <param name="text">The file.</param>
    /// <param name="path">Its name.</param>
    /// <param name="onProblem">Told about a bad entry, which is left out when it returns.</param>
    /// <param name="chrootsByDefault">What <c>-</c> means in the chroot column.</param>
    public static MasterCfFile Parse(string text, string path, Action<ConfigurationException> onProblem, bool chrootsByDefault = false)
    {
        var entries = new List<MasterEntry>();
        var warnings = new List<string>();
        var reader = new LogicalLineReader(text);
        while (reader.TryRead(out var line))
        {
            if (line.IsStray)
            {
                warnings.Add(line.StrayWarning(path));
                continue;
            }

            try
            {
                Add(new MasterEntryParser(line.Text, new SourcePosition(path, line.FirstLine), chrootsByDefault).Parse(), entries, warnings);
            }
            catch (ConfigurationException problem)
            {
                onProblem(problem);
            }
        }

        return new MasterCfFile(path, entries, warnings);
    }

    private static void Add(MasterEntry entry, List<MasterEntry> entries, List<string> warnings)
    {
        var earlier = entries.FindIndex(e => e.Endpoint == entry.Endpoint && e.Type == entry.Type);
        if (earlier < 0)
        {
            entries.Add(entry);
            return;
        }

        warnings.Add($"duplicate master.cf entry for service \"{entry.Name}\" ({entry.Endpoint}) -- using the last entry");
        entries[earlier] = entry;
    }
}
