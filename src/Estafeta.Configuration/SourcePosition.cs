namespace Estafeta.Configuration;

/// <summary>Where a setting was written: a file and the first line of its logical line, counted from 1.</summary>
public readonly record struct SourcePosition(string? File, int Line)
{
    public bool IsKnown => File != null;

    public override string ToString() => File == null ? "" : $"{File}, line {Line}";
}
