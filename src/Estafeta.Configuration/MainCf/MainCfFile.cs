using Estafeta.Configuration.Files;

namespace Estafeta.Configuration.MainCf;

/// <summary>
/// The text of main.cf (postconf(5)) as entries in the order written, each with its line, and Postfix's warnings about them.
/// Of several entries with one name the last counts.
/// </summary>
public sealed class MainCfFile
{
    private MainCfFile(string path, List<MainCfEntry> entries, List<string> warnings)
    {
        Path = path;
        Entries = entries;
        Warnings = warnings;
    }

    public string Path { get; }

    public IReadOnlyList<MainCfEntry> Entries { get; }

    public IReadOnlyList<string> Warnings { get; }

    /// <exception cref="ConfigurationException">A logical line is not <c>name = value</c>.</exception>
    public static MainCfFile Parse(string text, string path) =>
        Parse(text, path, static problem => throw problem);

    /// <summary>As <see cref="Parse(string, string)"/>, but goes on after a bad line when <paramref name="onProblem"/> returns.</summary>
    public static MainCfFile Parse(string text, string path, Action<ConfigurationException> onProblem)
    {
        var entries = new List<MainCfEntry>();
        var warnings = new List<string>();
        var latest = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new LogicalLineReader(text);
        while (reader.TryRead(out var line))
        {
            if (line.IsStray)
            {
                warnings.Add(line.StrayWarning(path));
                continue;
            }

            if (!NameValue.TrySplit(line.Text, out var name, out var value, out var problem))
            {
                // Postfix puts the place of a syntax error in front, not behind.
                onProblem(new ConfigurationException($"{path}, line {line.FirstLine}: {problem}: \"{line.Text}\""));
                continue;
            }

            if (latest.TryGetValue(name, out var earlier) && earlier != value)
            {
                warnings.Add($"{path}, line {line.FirstLine}: overriding earlier entry: {name}={earlier}");
            }

            latest[name] = value;
            entries.Add(new MainCfEntry(name, value, new SourcePosition(path, line.FirstLine)));
        }

        return new MainCfFile(path, entries, warnings);
    }
}
