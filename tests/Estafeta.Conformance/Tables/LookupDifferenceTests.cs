using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Conformance.Tables;

/// <summary>The same generated tables and keys asked of Postfix's <c>postmap -q -</c> and of ours: answers and warnings must be the same.</summary>
public sealed class LookupDifferenceTests
{
    private const int KeysPerTable = 12_000;

    [Fact]
    public async Task Cidr_GeneratedRules_AnswerAlike()
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(1);
        await CompareAsync(postfix, "cidr:" + postfix.Write("t", generate.CidrTable(400)), generate.Addresses(KeysPerTable));
    }

    [Fact]
    public async Task Cidr_RulesInError_WarnAlike()
    {
        using var postfix = new PostfixPostmap();
        await CompareAsync(postfix, "cidr:" + postfix.Write("t", TableGenerator.BadCidr), new TableGenerator(2).Addresses(2_000));
    }

    [Theory]
    [InlineData("regexp")]
    [InlineData("pcre")]
    public async Task Patterns_GeneratedRules_AnswerAlike(string type)
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(3);
        var path = postfix.Write("t", generate.PatternTable(150));
        await CompareAsync(postfix, $"{type}:{path}", generate.MailKeys(KeysPerTable));
    }

    [Theory]
    [InlineData("regexp")]
    [InlineData("pcre")]
    public async Task Patterns_RulesInError_WarnAlike(string type)
    {
        using var postfix = new PostfixPostmap();
        await CompareAsync(postfix, $"{type}:{postfix.Write("t", TableGenerator.BadPatterns)}", new TableGenerator(4).MailKeys(1_000));
    }

    [Theory]
    [InlineData("hash")]
    [InlineData("btree")]
    [InlineData("lmdb")]
    [InlineData("cdb")]
    public async Task Indexed_FileByPostfix_IsReadAlike(string type)
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(5);
        var path = postfix.Write("t", generate.PlainTable(5_000));
        var made = await postfix.PostmapAsync($"{type}:{path}");
        Assert.Equal(0, made.Code);
        await CompareAsync(postfix, $"{type}:{path}", generate.PlainKeys(KeysPerTable));
    }

    [Fact]
    public async Task Texthash_Source_IsReadAlike()
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(6);
        await CompareAsync(postfix, "texthash:" + postfix.Write("t", generate.PlainTable(5_000) + TableGenerator.OddLines), generate.PlainKeys(KeysPerTable));
    }

    [Theory]
    [InlineData("inline:{{{0}}}")]
    [InlineData("static:{{ the same for all }}")]
    [InlineData("pipemap:{{texthash:{1},texthash:{2}}}")]
    [InlineData("unionmap:{{texthash:{1},regexp:{3},static:always}}")]
    [InlineData("unionmap:{{texthash:{1},pipemap:{{texthash:{1},texthash:{2}}}}}")]
    [InlineData("pipemap:{{pcre:{3},unionmap:{{texthash:{2},static:x}}}}")]
    public async Task Combined_GeneratedTables_AnswerAlike(string format)
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(8);
        var table = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, format, generate.InlineEntries(300), postfix.Write("first", generate.LinkedTable(2_000)),
            postfix.Write("second", generate.LinkedTable(2_000)), postfix.Write("patterns", generate.PatternTable(40)));
        await CompareAsync(postfix, table, generate.LinkedKeys(4_000));
    }

    [Fact]
    public async Task Random_OfEachKey_IsOneOfTheSetAndAllOfItComes()
    {
        using var postfix = new PostfixPostmap();
        const string table = "randmap:{a, {b c}, d}";
        string[] keys = [.. Enumerable.Range(0, 2_000).Select(static i => $"key{i}")];
        var (expected, _) = await postfix.QueryAsync(table, keys);
        await using var set = new TableSet(ParameterSet.Parse("smtputf8_enable = yes\n"));
        var ours = new HashSet<string?>();
        foreach (var key in keys)
        {
            ours.Add((await set.Open(table).LookupAsync(key, TestContext.Current.CancellationToken)).Value);
        }

        Assert.Equal(expected.Values.Distinct().Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("inline:{a=b, { b = c d }, C=e, é=x}")]
    [InlineData("unionmap:{inline:{a=b,c=d},inline:{a=x,b=y},pcre:{{/^(.)$/ p$1}}}")]
    [InlineData("pipemap:{inline:{a=b,b=c},inline:{b=x,C=y}}")]
    [InlineData("pipemap:{pcre:{{/^(.*)$/ ${1}b}},inline:{ab=x,Bb=y}}")]
    [InlineData("static:{ x y }")]
    [InlineData("cidr:{ {10.0.0.0/8 a}, {!10.0.0.0/8 b} }")]
    public async Task Inline_Specifications_AnswerAlike(string table)
    {
        using var postfix = new PostfixPostmap();
        await CompareAsync(postfix, table, ["a", "b", "c", "A", "B", "C", "x", "é", "É", "ab", "10.1.1.1", "11.1.1.1", "::1"]);
    }

    private static async Task CompareAsync(PostfixPostmap postfix, string table, string[] keys)
    {
        var (expected, errors) = await postfix.QueryAsync(table, keys);
        var warnings = new List<string>();
        await using var set = new TableSet(ParameterSet.Parse("smtputf8_enable = yes\n")) { Warn = warnings.Add };
        var ours = set.Open(table);
        var differences = new List<string>();
        foreach (var key in keys)
        {
            var result = await ours.LookupAsync(key, TestContext.Current.CancellationToken);
            var postfixSays = expected.GetValueOrDefault(key);
            if (result.Value != postfixSays || result.IsTrouble)
            {
                differences.Add($"[{key}] Postfix: {postfixSays ?? "(none)"}; ours: {result}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {keys.Length}:\n" + string.Join('\n', differences.Take(20)));
        Assert.Equal(Warnings(errors), string.Join('\n', warnings.Where(w => !w.Contains("non-UTF-8 key", StringComparison.Ordinal)).Distinct()));
    }

    private static string Warnings(string errors) => string.Join('\n', errors.Split('\n')
        .Where(l => l.StartsWith("postmap: warning: ", StringComparison.Ordinal) && !l.Contains("non-UTF-8 key", StringComparison.Ordinal)
            && !l.Contains("empty string result", StringComparison.Ordinal) && !l.Contains("should return NO RESULT", StringComparison.Ordinal))
        .Select(l => l["postmap: warning: ".Length..])
        .Distinct());
}
