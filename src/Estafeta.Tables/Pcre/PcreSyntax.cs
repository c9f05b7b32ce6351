using Estafeta.Tables.Patterns;

namespace Estafeta.Tables.Pcre;

/// <summary>The flags of pcre_table(5). Octets, not characters: Postfix does not ask for UTF mode.</summary>
internal sealed class PcreSyntax(TableRequest request) : PatternSyntax
{
    public override uint DefaultOptions => PcreLibrary.Caseless | PcreLibrary.DotAll;

    public override string OutOfRangeWords => "out of range";

    public override string UnclosedWords => "ignoring this rule";

    public override bool TryToggle(char flag, ref uint options)
    {
        // X (extra) means nothing in PCRE2, which always refuses unknown escapes.
        if (flag == 'X')
        {
            return true;
        }

        var bit = flag switch
        {
            'i' => PcreLibrary.Caseless,
            'm' => PcreLibrary.MultiLine,
            's' => PcreLibrary.DotAll,
            'x' => PcreLibrary.Extended,
            'A' => PcreLibrary.Anchored,
            'E' => PcreLibrary.DollarEndOnly,
            'U' => PcreLibrary.Ungreedy,
            _ => 0u,
        };
        options ^= bit;
        return bit != 0;
    }

    public override CompiledPattern? Compile(byte[] pattern, uint options, bool needsGroups, int line, out string error) =>
        PcrePattern.TryCompile(pattern, options, line, $"pcre map {request.Source}, line {line}", request.Tables, out error);
}
