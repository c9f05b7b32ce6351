namespace Estafeta.Configuration;

/// <summary>
/// A configuration that cannot be used. <see cref="Problem"/> is Postfix's text, which names the parameter and its value;
/// <see cref="Exception.Message"/> adds the file and line when they are known.
/// </summary>
public class ConfigurationException : Exception
{
    public ConfigurationException(string problem)
        : this(problem, default)
    {
    }

    public ConfigurationException(string problem, SourcePosition position)
        : base(position.IsKnown ? $"{problem} ({position})" : problem)
    {
        Problem = problem;
        Position = position;
    }

    public string Problem { get; }

    public SourcePosition Position { get; }
}
