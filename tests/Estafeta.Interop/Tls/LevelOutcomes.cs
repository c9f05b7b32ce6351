using System.Text.RegularExpressions;

namespace Estafeta.Interop.Tls;

/// <summary>What became of each delivery of levels.sh, and what was said about it, with names and addresses that do not tell the makers apart.</summary>
internal sealed partial class LevelOutcomes
{
    private readonly Dictionary<(string Level, string Kind, string Makers), SortedSet<string>> _said = [];

    private LevelOutcomes()
    {
    }

    public IEnumerable<(string Level, string Kind)> Cases => _said.Keys.Select(key => (key.Level, key.Kind)).Distinct();

    public static LevelOutcomes Read(IEnumerable<string> lines)
    {
        var outcomes = new LevelOutcomes();
        foreach (var line in lines)
        {
            if (LogLine().Match(line) is { Success: true } match)
            {
                outcomes.Note(match.Groups["client"].Value, match.Groups["level"].Value, match.Groups["text"].Value);
            }
        }

        return outcomes;
    }

    /// <param name="makers">Of client and server: p is Postfix, e is Estafeta.</param>
    public string Of(string level, string kind, string makers) =>
        _said.TryGetValue((level, kind, makers), out var said) ? string.Join('\n', said) : "nothing";

    private void Note(string client, string level, string text)
    {
        if (Status().Match(text) is { Success: true } status)
        {
            var relay = status.Groups["status"].Value == "sent" ? "" : $" relay={Alike(status.Groups["relay"].Value)}";
            Add(status.Groups["kind"].Value, client + status.Groups["server"].Value, $"{status.Groups["dsn"]} {status.Groups["status"]} {Alike(status.Groups["why"].Value)}{relay}");
        }
        else if (Server().Match(text) is { Success: true } server)
        {
            Add(server.Groups["kind"].Value, client + server.Groups["server"].Value, Alike(text));
        }

        void Add(string kind, string makers, string what)
        {
            if (!_said.TryGetValue((level, kind, makers), out var said))
            {
                _said[(level, kind, makers)] = said = new SortedSet<string>(StringComparer.Ordinal);
            }

            said.Add(what);
        }
    }

    private static string Alike(string text) =>
        Network().Replace(Domain().Replace(Host().Replace(QueueId().Replace(text, "queued as ID"), ".mx."), ".$1"), "127.0.0.");

    [GeneratedRegex(@"^(?<client>[pe]) \w+ +\d+ \S+ client (?<level>[a-z-]+)/smtp\[\d+\]: (?<text>.*)$")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^\w+: to=<x@[a-z-]+-(?<kind>[a-z]+)-(?<server>[pe])\.\w+>.*?, relay=(?<relay>.*?), .*dsn=(?<dsn>[0-9.]+), status=(?<status>\w+) \((?<why>.*)\)$")]
    private static partial Regex Status();

    [GeneratedRegex(@"\b(?<kind>[a-z]+)\.mx(?<server>[pe])\.test")]
    private static partial Regex Server();

    [GeneratedRegex(@"queued as \w+")]
    private static partial Regex QueueId();

    [GeneratedRegex(@"\.mx[pe]\.")]
    private static partial Regex Host();

    [GeneratedRegex(@"-[pe]\.(test|insecure)")]
    private static partial Regex Domain();

    [GeneratedRegex(@"127\.0\.[12]\.")]
    private static partial Regex Network();
}
