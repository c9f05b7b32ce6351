using System.Text;
using Estafeta.Tables.Patterns;
using Estafeta.Tables.Pcre;
using Estafeta.Tables.Regexp;

namespace Estafeta.Tests.Tables.Patterns;

public sealed class RequiredLiteralTests
{
    private const string PatternAlphabet = "abcAB.^$*+?{}()[]|\\-,123:=!<>#xQEdw ";

    [Theory]
    [InlineData("^alice@example\\.com$", "alice@example.com")]
    [InlineData("abc*de", "ab")]
    [InlineData("ab+cd", "ab")]
    [InlineData("x(foo|bar)longer", "longer")]
    [InlineData("[0-9]{2,}abc", "abc")]
    [InlineData("abc{2}defg", "defg")]
    [InlineData("ABC", "abc")]
    [InlineData("a.b.c", null)]
    [InlineData("abc|def", null)]
    [InlineData("abc(?i)def", null)]
    [InlineData("(?:x)abc", "abc")]
    [InlineData("\\Qabc", null)]
    [InlineData("\\x41bc", null)]
    [InlineData("ab[]c]de", "ab")]
    [InlineData("ab[[:alpha:]]cde", "cde")]
    [InlineData("ab[\\]]cde", "cde")]
    [InlineData("", null)]
    [InlineData("a", null)]
    [InlineData("(unclosed", null)]
    public void Find_PerlPattern_GivesTextOfEveryMatch(string pattern, string? expected) =>
        Assert.Equal(expected, Longest(RequiredLiteral.FindAll(Encoding.ASCII.GetBytes(pattern), isPerl: true, ignoresCase: true)));

    [Theory]
    [InlineData("ab[\\]cd]ef", "cd]ef")]
    [InlineData("a+?bcd", "bcd")]
    [InlineData("ab\\<cd", "ab")]
    [InlineData("(?:x)abc", null)]
    public void Find_PosixPattern_GivesTextOfEveryMatch(string pattern, string? expected) =>
        Assert.Equal(expected, Longest(RequiredLiteral.FindAll(Encoding.ASCII.GetBytes(pattern), isPerl: false, ignoresCase: true)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_RandomPatterns_NeverMissAMatch(bool isPerl)
    {
        await using var fixture = new TableFixture();
        var random = new Random(42);
        var matches = 0;
        for (var i = 0; i < 60_000; i++)
        {
            var pattern = Text(random, PatternAlphabet, 12);
            var compiled = Compile(pattern, isPerl, fixture);
            if (compiled == null || compiled.Literals.Count == 0)
            {
                continue;
            }

            for (var j = 0; j < 12; j++)
            {
                // Subjects made of the pattern's own letters match often enough.
                var subject = Text(random, pattern + "abcAB", 10);
                if (IsMatch(compiled, subject))
                {
                    matches++;
                    var folded = Encoding.ASCII.GetBytes(subject).Select(LiteralSet.Fold).ToArray();
                    Assert.All(compiled.Literals, literal => Assert.True(
                        folded.AsSpan().IndexOf(literal) >= 0, $"{pattern} matches {subject} without {Encoding.ASCII.GetString(literal)}"));
                }
            }
        }

        Assert.True(matches > 500, $"only {matches} matches: the test tests nothing");
    }

    [Fact]
    public void LiteralSet_RandomTexts_FindsExactlyWhatOccurs()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            byte[][] literals = [.. Enumerable.Range(0, 80).Select(_ => Text(random, "abc", 1 + random.Next(5))).Where(t => t.Length > 0).Distinct().Select(Encoding.ASCII.GetBytes)];
            var set = LiteralSet.Build(literals);
            var subject = Text(random, "abcABCx", 30);
            var found = new ulong[(literals.Length + 63) / 64];
            set.Find(Encoding.ASCII.GetBytes(subject), found);
            for (var i = 0; i < literals.Length; i++)
            {
                var occurs = subject.Contains(Encoding.ASCII.GetString(literals[i]), StringComparison.OrdinalIgnoreCase);
                Assert.Equal((subject, i, occurs), (subject, i, (found[i >> 6] >> (i & 63) & 1) == 1));
            }
        }
    }

    private static string? Longest(IReadOnlyList<byte[]> literals) => literals.MaxBy(static l => l.Length) is { } longest ? Encoding.ASCII.GetString(longest) : null;

    private static string Text(Random random, string alphabet, int longest) =>
        new([.. Enumerable.Range(0, random.Next(longest + 1)).Select(_ => alphabet[random.Next(alphabet.Length)])]);

    private static CompiledPattern? Compile(string pattern, bool isPerl, TableFixture fixture) => isPerl
        ? PcrePattern.TryCompile(Encoding.ASCII.GetBytes(pattern), PcreLibrary.Caseless | PcreLibrary.DotAll, 1, "test", fixture.Tables, out _)
        : PosixPattern.TryCompile(Encoding.ASCII.GetBytes(pattern), RegexpLibrary.Extended | RegexpLibrary.IgnoreCase, true, 1, out _);

    private static unsafe bool IsMatch(CompiledPattern pattern, string subject)
    {
        fixed (byte* octets = Encoding.ASCII.GetBytes(subject + '\0'))
        {
            return pattern.IsMatch(octets, subject.Length, stackalloc GroupSpan[32]);
        }
    }
}
