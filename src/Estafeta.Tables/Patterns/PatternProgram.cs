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
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var literals = new List<byte[]>();
        for (var i = 0; i < rules.Length; i++)
        {
            _literals[i] = rules[i].Pattern?.Literal is { } literal ? Number(literal) : NoLiteral;
        }

        _set = literals.Count >= FewestLiterals ? LiteralSet.Build(literals) : null;

        int Number(byte[] literal)
        {
            var folded = Array.ConvertAll(literal, LiteralSet.Fold);
            var name = System.Text.Encoding.Latin1.GetString(folded);
            if (!numbers.TryGetValue(name, out var number))
            {
                numbers.Add(name, number = literals.Count);
                literals.Add(folded);
            }

            return number;
        }
    }

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
