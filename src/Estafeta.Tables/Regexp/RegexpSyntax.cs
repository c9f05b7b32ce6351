using Estafeta.Tables.Patterns;

namespace Estafeta.Tables.Regexp;

/// <summary>The flags <c>i</c>, <c>m</c> and <c>x</c> of regexp_table(5); the first and the last are on unless toggled.</summary>
internal sealed class RegexpSyntax : PatternSyntax
{
    public override uint DefaultOptions => RegexpLibrary.Extended | RegexpLibrary.IgnoreCase;

    public override string OutOfRangeWords => "out-of-range";

    public override string UnclosedWords => "skipping this rule";

    public override bool TryToggle(char flag, ref uint options)
    {
        var bit = flag switch
        {
            'i' => RegexpLibrary.IgnoreCase,
            'm' => RegexpLibrary.NewLine,
            'x' => RegexpLibrary.Extended,
            _ => 0u,
        };
        options ^= bit;
        return bit != 0;
    }

    public override CompiledPattern? Compile(byte[] pattern, uint options, bool needsGroups, int line, out string error) =>
        PosixPattern.TryCompile(pattern, options, needsGroups, line, out error);
}
