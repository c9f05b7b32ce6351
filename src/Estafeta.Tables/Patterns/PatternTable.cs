using System.Buffers;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>regexp_table(5), pcre_table(5): rules tried in the order of the file until one matches the whole key, as octets.</summary>
internal abstract class PatternTable : LookupTable
{
    private const int KeyOnStack = 512;

    private readonly ReloadingSource<PatternRule[]> _rules;

    protected PatternTable(TableRequest request, PatternSyntax syntax)
        : base(request) =>
        _rules = RuleText.Open(request, text => new PatternRuleReader(request, syntax).Read(text));

    public override bool HasFixedKeys => false;

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => new(Find(key));

    private unsafe LookupResult Find(string key)
    {
        var size = RawText.MaximumLength(key) + 1;
        var rented = size > KeyOnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        try
        {
            var subject = rented ?? stackalloc byte[KeyOnStack];
            var length = RawText.Encode(key, subject);
            subject[length] = 0;
            fixed (byte* pointer = subject)
            {
                return Run(_rules.Current, pointer, length);
            }
        }
        finally
        {
            if (rented != null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static unsafe LookupResult Run(PatternRule[] rules, byte* subject, int length)
    {
        Span<GroupSpan> groups = stackalloc GroupSpan[32];
        for (var i = 0; i < rules.Length;)
        {
            var rule = rules[i];
            if (rule.Kind == PatternRuleKind.EndIf)
            {
                i++;
                continue;
            }

            if (rule.Result?.HighestGroup >= groups.Length)
            {
                groups = new GroupSpan[rule.Result.HighestGroup + 1];
            }

            var applies = rule.Pattern!.IsMatch(subject, length, groups) != rule.IsNegated; // only EndIf has no pattern
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
