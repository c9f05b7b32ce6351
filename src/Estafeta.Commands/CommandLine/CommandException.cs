namespace Estafeta.Commands.CommandLine;

/// <summary>The command cannot go on: logged as <c>fatal:</c>, and the command ends with the exit code.</summary>
public sealed class CommandException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;

    /// <summary>A line for standard error before the fatal one, as it is: getopt's complaint.</summary>
    public string? Preface { get; init; }
}
