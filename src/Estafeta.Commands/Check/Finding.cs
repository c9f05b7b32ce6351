using Estafeta.Configuration;

namespace Estafeta.Commands.Check;

public enum FindingSeverity
{
    /// <summary>Works, and is worth knowing.</summary>
    Note,

    /// <summary>Works otherwise than it reads.</summary>
    Warning,

    /// <summary>Something will not work, or is dangerous.</summary>
    Error,
}

/// <summary>One thing that <c>estafeta check</c> found.</summary>
/// <param name="Rule">A stable name: <c>open-relay</c>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Position">Where it is written; unknown for a default.</param>
/// <param name="Message">What is the matter, and why.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record Finding(string Rule, FindingSeverity Severity, SourcePosition Position, string Message, string Remedy);
