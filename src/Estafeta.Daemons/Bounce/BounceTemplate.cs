using Estafeta.Configuration;

namespace Estafeta.Daemons.Bounce;

/// <summary>One template of bounce(5): four headers and a text with main.cf <c>$parameters</c>.</summary>
public sealed record BounceTemplate
{
    /// <summary><c>[built-in]</c> or the template file, for warnings.</summary>
    public required string Origin { get; init; }

    public string Charset { get; init; } = "us-ascii";

    public required string From { get; init; }

    public required string Subject { get; init; }

    /// <summary>Of copies to the postmaster; null where there are none.</summary>
    public string? PostmasterSubject { get; init; }

    /// <summary>Unexpanded.</summary>
    public required string Text { get; init; }

    /// <summary>The same template with its text expanded.</summary>
    public BounceTemplate Expand(ParameterSet parameters) => this with { Text = parameters.Expand(Text) };
}
