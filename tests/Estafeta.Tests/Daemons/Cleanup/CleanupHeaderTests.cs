using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>headers.tsv holds what Postfix's cleanup made of header sections.</summary>
public sealed partial class CleanupHeaderTests
{
    private static readonly VectorFile Vectors = new("Daemons/Cleanup/headers.tsv");

    public static TheoryData<string> Configurations => new(Vectors.Rows("H").Select(r => r[1]).Distinct());

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Headers_UnderConfiguration_BecomeWhatPostfixMakesOfThem(string configuration)
    {
        await using var bench = new CleanupBench(Vectors.Parameters(configuration));
        var wrong = new List<string>();
        foreach (var row in Vectors.Rows("H").Where(r => r[1] == configuration))
        {
            var content = (byte[])[.. "Received: x\n"u8, .. VectorFile.Unescape(row[5])];
            var actual = await CleanAsync(bench, row, [content]);
            if (actual != row[6])
            {
                wrong.Add($"{row[2]} {row[3]} {row[5]}\n  wanted {row[6]}\n  got    {actual}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Headers_SplitAnywhere_GiveTheSame()
    {
        await using var bench = new CleanupBench(Vectors.Parameters("default"));
        foreach (var row in Vectors.Rows("H").Where(r => r[1] == "default" && r[5].Length < 80))
        {
            var content = (byte[])[.. "Received: x\n"u8, .. VectorFile.Unescape(row[5])];
            for (var at = 0; at <= content.Length; at++)
            {
                Assert.Equal(row[6], await CleanAsync(bench, row, [content.AsMemory(0, at), content.AsMemory(at)]));
            }

            Assert.Equal(row[6], await CleanAsync(bench, row, Enumerable.Range(0, content.Length).Select(i => (ReadOnlyMemory<byte>)content.AsMemory(i, 1))));
        }
    }

    private static async Task<string> CleanAsync(CleanupBench bench, string[] row, IEnumerable<ReadOnlyMemory<byte>> content)
    {
        var fullName = Encoding.UTF8.GetString(VectorFile.Unescape(row[4]));
        var request = CleanupBench.Request(row[3], row[2] == "local", fullName);
        var result = await bench.SendAsync(request, [CleanupBench.Recipient("rcpt@r.test")], content);
        return result.Outcome switch
        {
            CleanupOutcome.Ok => Normalize(bench),
            CleanupOutcome.TooManyHops => "status 16 ",
            CleanupOutcome.WriteError => "status 2 " + result.Text,
            _ => result.ToString(),
        };
    }

    private static string Normalize(CleanupBench bench)
    {
        var text = Encoding.Latin1.GetString(bench.LastContent()["Received: x\n".Length..]).Replace(bench.LastId, "QID");
        text = DatePattern().Replace(text, "Date: DATE");
        text = TimePattern().Replace(text, "<TIME.QID");
        return text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\t", "\\t").Replace("\r", "\\r").Replace("\0", "\\0");
    }

    [GeneratedRegex(@"Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000 \(UTC\)")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"<\d{14}\.QID")]
    private static partial Regex TimePattern();
}
