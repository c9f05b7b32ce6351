namespace Estafeta.Configuration.Files;

/// <summary>A logical line: its physical lines joined without their ends, and the number of the first and the last.</summary>
public readonly record struct LogicalLine(string Text, int FirstLine, int LastLine)
{
    /// <summary>The file's first content starts with whitespace, so it continues nothing: Postfix warns and drops it.</summary>
    public bool IsStray => LogicalLineReader.IsSpace(Text[0]);

    /// <summary>Postfix's warning about a stray line.</summary>
    public string StrayWarning(string path) =>
        $"{path}: logical line must not start with whitespace: \"{(Text.Length > 30 ? Text[..30] + "..." : Text)}\"";
}
