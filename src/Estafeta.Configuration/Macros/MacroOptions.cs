namespace Estafeta.Configuration.Macros;

/// <summary>How an expansion treats what it finds.</summary>
public sealed record MacroOptions
{
    /// <summary>main.cf: a value may itself hold macros.</summary>
    public static readonly MacroOptions Recursive = new() { ExpandValues = true };

    /// <summary>Reply and command templates: a value is taken as it is.</summary>
    public static readonly MacroOptions Plain = new();

    /// <summary>For finding names: every value is looked up and every branch is entered, whether or not it would be taken.</summary>
    public static readonly MacroOptions Scan = new() { AllBranches = true };

    public bool ExpandValues { get; init; }

    public bool AllBranches { get; init; }

    /// <summary>Characters that may stand in an expanded value (smtpd_expansion_filter, execution_directory_expansion_filter…); others become <c>_</c>.</summary>
    public string? AllowedCharacters { get; init; }
}
