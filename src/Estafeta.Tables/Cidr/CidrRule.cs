namespace Estafeta.Tables.Cidr;

internal enum CidrRuleKind
{
    Match,
    If,
    EndIf,
}

/// <summary>One line of a cidr table.</summary>
internal sealed class CidrRule
{
    public required CidrRuleKind Kind { get; init; }

    public required int Line { get; init; }

    public CidrPattern Pattern { get; init; }

    public bool IsNegated { get; init; }

    public string Result { get; init; } = "";
}
