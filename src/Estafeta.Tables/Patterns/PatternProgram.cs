using System.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>
/// The rules of a regexp or pcre table made ready for many look-ups: one pass over the key finds which patterns can match at all, and only those are
/// tried, in the order of the file.
/// </summary>
internal sealed class PatternProgram
{
    private const int WordsOnStack = 64;
    private const int GroupsOnStack = 32;
    private const int FewestLiterals = 4;
    private const int NoLiteral = -1;

    private readonly PatternRule[] _rules;
    private readonly int[] _literals;
    private readonly LiteralSet? _set;

    public PatternProgram(PatternRule[] rules)
    {
        _rules = rules;
        _literals = new int[rules.Length];
        var uses = CountUses(rules);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var literals = new List<byte[]>();
        for (var i = 0; i < rules.Length; i++)
        {
            _literals[i] = Rarest(rules[i], uses) is { } literal ? Number(literal) : NoLiteral;
        }

        _set = literals.Count >= FewestLiterals ? LiteralSet.Build(literals) : null;

        int Number(string literal)
        {
            if (!numbers.TryGetValue(literal, out var number))
            {
                numbers.Add(literal, number = literals.Count);
                literals.Add(Encoding.Latin1.GetBytes(literal));
            }

            return number;
        }
    }

    private static Dictionary<string, int> CountUses(PatternRule[] rules)
    {
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var literal in rules.SelectMany(Literals))
        {
            uses[literal] = uses.GetValueOrDefault(literal) + 1;
        }

        return uses;
    }

    // The text that tells a rule best from the others: a domain that all rules name says little about each.
    private static string? Rarest(PatternRule rule, Dictionary<string, int> uses) =>
        Literals(rule).MinBy(literal => (uses[literal], -literal.Length));

    // Folded, as the set compares.
    private static IEnumerable<string> Literals(PatternRule rule) =>
        (rule.Pattern?.Literals ?? []).Select(static literal => Encoding.Latin1.GetString(Array.ConvertAll(literal, LiteralSet.Fold)));

    /// <param name="subject">The key and a NUL.</param>
    /// <param name="length">Without the NUL.</param>
    public unsafe LookupResult Run(byte* subject, int length)
    {
        var words = ((_set?.Count ?? 0) + 63) / 64;
        Span<ulong> found = words <= WordsOnStack ? stackalloc ulong[WordsOnStack] : new ulong[words];
        _set?.Find(new ReadOnlySpan<byte>(subject, length), found);
        Span<GroupSpan> groups = stackalloc GroupSpan[GroupsOnStack];
        for (var i = 0; i < _rules.Length;)
        {
            var canMatch = _set == null || _literals[i] == NoLiteral || (found[_literals[i] >> 6] & (1UL << _literals[i])) != 0;
            var rule = _rules[i];
            if (!canMatch && rule is { Kind: PatternRuleKind.Match, IsNegated: false })
            {
                i++;
                continue;
            }

            if (rule.Kind == PatternRuleKind.EndIf)
            {
                i++;
                continue;
            }

            if (rule.Result?.HighestGroup >= groups.Length)
            {
                groups = new GroupSpan[rule.Result.HighestGroup + 1];
            }

            var applies = (canMatch && rule.Pattern!.IsMatch(subject, length, groups)) != rule.IsNegated; // only EndIf has no pattern
            if (rule.Kind == PatternRuleKind.If)
            {
                i = applies ? i + 1 : rule.Next;
            }
            else if (applies)
            {
                return LookupResult.Found(rule.Result!.Expand(new ReadOnlySpan<byte>(subject, length), groups)); // a Match has a result
            }
            else
            {
                i++;
            }
        }

        return LookupResult.NotFound;
    }
}
