namespace Estafeta.Tables.Cidr;

/// <summary>
/// The rules of a cidr table made ready for many look-ups: runs of plain rules become one <see cref="PrefixIndex{T}"/> each;
/// negated rules and conditions, which are few, are steps of their own.
/// </summary>
internal sealed class CidrProgram
{
    private readonly CidrRule[] _rules;
    private readonly List<Step> _steps = [];

    public CidrProgram(List<CidrRule> rules)
    {
        _rules = [.. rules];
        var openIfs = new Stack<Step>();
        for (var i = 0; i < _rules.Length;)
        {
            var rule = _rules[i];
            if (rule is { Kind: CidrRuleKind.Match, IsNegated: false })
            {
                i = AddRun(i);
                continue;
            }

            if (rule.Kind == CidrRuleKind.EndIf)
            {
                openIfs.Pop().Next = _steps.Count;
            }
            else
            {
                var step = new Step { Rule = i, Next = int.MaxValue };
                _steps.Add(step);
                if (rule.Kind == CidrRuleKind.If)
                {
                    openIfs.Push(step);
                }
            }

            i++;
        }
    }

    public string? Find(NetworkAddress address)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            var step = _steps[i];
            if (step.IPv4 != null)
            {
                var found = address.IsIPv6 ? step.IPv6!.Find(address.Value) : step.IPv4.Find((uint)address.Value); // a run has both
                if (found >= 0)
                {
                    return _rules[found].Result;
                }

                continue;
            }

            var rule = _rules[step.Rule];
            // An address of the other family neither matches nor fails to match.
            var applies = rule.Pattern.IsIPv6 == address.IsIPv6 && rule.Pattern.Contains(address) != rule.IsNegated;
            if (applies && rule.Kind == CidrRuleKind.Match)
            {
                return rule.Result;
            }

            if (!applies && rule.Kind == CidrRuleKind.If)
            {
                i = step.Next == int.MaxValue ? _steps.Count : step.Next - 1;
            }
        }

        return null;
    }

    private int AddRun(int from)
    {
        var ipv4 = new List<(uint, uint, int)>();
        var ipv6 = new List<(UInt128, UInt128, int)>();
        var i = from;
        for (; i < _rules.Length && _rules[i] is { Kind: CidrRuleKind.Match, IsNegated: false } rule; i++)
        {
            if (rule.Pattern.IsIPv6)
            {
                ipv6.Add((rule.Pattern.First, rule.Pattern.Last, i));
            }
            else
            {
                ipv4.Add(((uint)rule.Pattern.First, (uint)rule.Pattern.Last, i));
            }
        }

        _steps.Add(new Step { IPv4 = PrefixIndex<uint>.Build(ipv4), IPv6 = PrefixIndex<UInt128>.Build(ipv6) });
        return i;
    }

    private sealed class Step
    {
        public PrefixIndex<uint>? IPv4 { get; init; }

        public PrefixIndex<UInt128>? IPv6 { get; init; }

        public int Rule { get; init; }

        /// <summary>Where to go on when a condition fails.</summary>
        public int Next { get; set; }
    }
}
