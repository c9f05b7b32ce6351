using System.Text.RegularExpressions;
using Estafeta.Services.Delivery;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>replies.txt: one server that misbehaves in one way, and the log line Postfix writes for it.</summary>
public sealed class ReplyTests
{
    private static readonly Dictionary<string, string[]> AllCases = Load();

    public static TheoryData<string> Cases() => [.. AllCases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Deliver_ServerReplies_AsPostfix(string name)
    {
        var lines = AllCases[name];
        await using var server = new ScriptedSmtpServer();
        foreach (var line in Of(lines, "S: "))
        {
            var equals = line.IndexOf(" = ", StringComparison.Ordinal);
            server.On(line[..equals], [.. line[(equals + 3)..].Split(" | ").Select(Unescape)]);
        }

        await using var harness = new SmtpAgentHarness();
        harness.Dns.Mx(name + ".test", 10, $"mx.{name}.test").Address($"mx.{name}.test", "127.0.0.1");
        var count = Of(lines, "R: ").Select(int.Parse).FirstOrDefault(1);
        var recipients = Enumerable.Range(0, count).Select(i => $"r{i}@{name}.test").ToArray();
        var request = SmtpAgentHarness.Request($"{name}.test:{server.Port}", recipients);

        await harness.DeliverAsync(request);

        Assert.Equal(Of(lines, "L: "), harness.Lines.Select(line => line.Replace(", tls=none", "", StringComparison.Ordinal)));
        Assert.Equal(count, harness.Reports.Count);
        if (Of(lines, "C: ").ToList() is { Count: > 0 } commands)
        {
            await server.ClientsGoneAsync();
            Assert.Equal(commands, server.Commands.Split('\n').Skip(1));
        }
    }

    private static IEnumerable<string> Of(string[] lines, string prefix) =>
        lines.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..]);

    private static string Unescape(string text) => Regex.Unescape(text);

    private static Dictionary<string, string[]> Load()
    {
        var cases = new Dictionary<string, string[]>();
        foreach (var block in File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Daemons/Smtp/replies.txt")).Split("case ").Skip(1))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            cases.Add(lines[0], lines[1..]);
        }

        return cases;
    }
}
