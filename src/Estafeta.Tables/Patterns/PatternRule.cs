namespace Estafeta.Tables.Patterns;

internal enum PatternRuleKind
{
    Match,
    If,
    EndIf,
}

/// <summary>One line of a regexp or pcre table.</summary>
internal sealed class PatternRule
{
    public required PatternRuleKind Kind { get; init; }

    public required int Line { get; init; }

    public CompiledPattern? Pattern { get; init; }

    /// <summary>The line is written with <c>!</c>: it applies when the pattern does not match.</summary>
    public bool IsNegated { get; init; }

    public ResultTemplate? Result { get; init; }

    /// <summary>For <see cref="PatternRuleKind.If"/>: the rule to go on with when the condition fails.</summary>
    public int Next { get; set; }
}
