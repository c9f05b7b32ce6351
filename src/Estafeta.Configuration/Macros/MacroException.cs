namespace Estafeta.Configuration.Macros;

/// <summary>A macro expression that is not well formed, or that refers to itself. The text is the one Postfix logs.</summary>
public sealed class MacroException : ConfigurationException
{
    public MacroException(string problem)
        : base(problem)
    {
    }

    public MacroException(string problem, SourcePosition position)
        : base(problem, position)
    {
    }
}
