using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

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
public sealed record Finding(string Rule, FindingSeverity Severity, SourcePosition Position, string Message, string Remedy)
{
    /// <summary>About a parameter: where that is set.</summary>
    public static Finding At(ParameterSet parameters, Parameter parameter, string rule, FindingSeverity severity, string message, string remedy) =>
        new(rule, severity, parameters.PositionOf(parameter.Name), message, remedy);

    /// <summary>The same in a service that does not set the parameter itself: then the service is the place.</summary>
    public Finding Or(SourcePosition position) => Position.IsKnown ? this : this with { Position = position };
}
