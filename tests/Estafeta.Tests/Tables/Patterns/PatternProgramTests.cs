using System.Text;
using Estafeta.Tables.Patterns;

namespace Estafeta.Tests.Tables.Patterns;

public sealed class PatternProgramTests
{
    [Fact]
    public void Run_RulesWithOneDomain_TriesOnlyThatOfTheUser()
    {
        var tried = new List<int>();
        var program = new PatternProgram([.. Enumerable.Range(0, 50).Select(n => Rule(n, tried, $"List{n:D2}", "@lists.example.com"))]);
        Assert.Equal("rule 7", Run(program, "list07-owner@lists.example.com"));
        Assert.Equal([7], tried);
        Assert.Null(Run(program, "user@lists.example.com"));
        Assert.Equal([7], tried);
    }

    [Fact]
    public void Run_RulesWithoutText_TriesAllInTheirOrder()
    {
        var tried = new List<int>();
        var program = new PatternProgram([.. Enumerable.Range(0, 9).Select(n => Rule(n, tried, n < 5 ? [$"text{n}"] : []))]);
        Assert.Equal("rule 3", Run(program, "text3"));
        Assert.Equal("rule 5", Run(program, "other"));
        Assert.Equal([3, 5], tried);
    }

    private static PatternRule Rule(int number, List<int> tried, params string[] literals)
    {
        Assert.True(ResultTemplate.TryParse(Encoding.ASCII.GetBytes($"rule {number}"), "", out var result, []));
        return new PatternRule
        {
            Kind = PatternRuleKind.Match,
            Line = number,
            Pattern = new Matching(number, tried) { Literals = [.. literals.Select(Encoding.ASCII.GetBytes)] },
            Result = result,
        };
    }

    private static unsafe string? Run(PatternProgram program, string key)
    {
        fixed (byte* octets = Encoding.ASCII.GetBytes(key + '\0'))
        {
            return program.Run(octets, key.Length).Value;
        }
    }

    /// <summary>Matches everything that it is tried on, and notes that it was.</summary>
    private sealed class Matching(int number, List<int> tried) : CompiledPattern
    {
        public override int GroupCount => 0;

        public override unsafe bool IsMatch(byte* subject, int length, Span<GroupSpan> groups)
        {
            tried.Add(number);
            return true;
        }
    }
}
