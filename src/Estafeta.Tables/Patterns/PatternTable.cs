using System.Buffers;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>regexp_table(5), pcre_table(5): rules tried in the order of the file until one matches the whole key, as octets.</summary>
internal abstract class PatternTable : LookupTable
{
    private const int KeyOnStack = 512;

    private readonly ReloadingSource<PatternProgram> _rules;

    protected PatternTable(TableRequest request, PatternSyntax syntax)
        : base(request) =>
        _rules = RuleText.Open(request, text => new PatternProgram(new PatternRuleReader(request, syntax).Read(text)));

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
                return _rules.Current.Run(pointer, length);
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
}
