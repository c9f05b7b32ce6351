using System.Text.RegularExpressions;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>A block of replies.txt.</summary>
public sealed partial class ReplyCase
{
    private readonly string[] _lines;

    private ReplyCase(string name, string[] lines) => (Name, _lines) = (name, lines);

    public static IReadOnlyDictionary<string, ReplyCase> All { get; } = Load();

    public string Name { get; }

    /// <summary>Log lines, without delays.</summary>
    public IEnumerable<string> LogLines => Of("L: ");

    /// <summary>Commands after EHLO; empty when the case does not care.</summary>
    public IReadOnlyList<string> Commands => [.. Of("C: ")];

    public string[] Recipients => [.. Enumerable.Range(0, Of("R: ").Select(int.Parse).FirstOrDefault(1)).Select(i => $"r{i}@{Name}.test")];

    /// <summary>A log line of a client that found a reset where it looked for its new connection, before it could read: Postfix's do, too.</summary>
    public static bool IsOvertaken(string line) => ConnectionLostAtOnce().IsMatch(line);

    public ScriptedSmtpServer Serve()
    {
        var server = new ScriptedSmtpServer();
        foreach (var line in Of("S: "))
        {
            var equals = line.IndexOf(" = ", StringComparison.Ordinal);
            server.On(line[..equals], [.. line[(equals + 3)..].Split(" | ").Select(Regex.Unescape)]);
        }

        return server;
    }

    private IEnumerable<string> Of(string prefix) =>
        _lines.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..]);

    private static Dictionary<string, ReplyCase> Load()
    {
        var cases = new Dictionary<string, ReplyCase>();
        foreach (var block in File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Daemons/Smtp/replies.txt")).Split("\ncase ").Skip(1))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            cases.Add(lines[0], new ReplyCase(lines[0], lines[1..]));
        }

        return cases;
    }

    [GeneratedRegex(@"connect to \S+: (Connection reset by peer|Broken pipe)\)?$")]
    private static partial Regex ConnectionLostAtOnce();
}
