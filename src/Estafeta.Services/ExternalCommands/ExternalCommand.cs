using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.ExternalCommands;

/// <summary>A command that gets a message on standard input, as pipe(8) and local(8) run it.</summary>
public sealed record ExternalCommand
{
    /// <summary>Program and arguments; a program without a slash is looked for in the path of <see cref="CommandEnvironment"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment, <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    public required CommandIdentity Identity { get; init; }

    /// <summary>How large its files may get, in octets; null for no limit.</summary>
    public long? FileSizeLimit { get; init; }

    /// <summary>From start to end; then the command and its children are killed.</summary>
    public required TimeSpan TimeLimit { get; init; }

    /// <summary>What a failure to execute the program is called.</summary>
    public string ExecutionStep { get; init; } = "execvp";
}

/// <param name="Status">Meaningless when the command was not started.</param>
/// <param name="Output">Standard output and error, the first 4096 octets.</param>
public sealed record CommandEnd(ExitStatus Status, string Output)
{
    public bool IsTimedOut { get; init; }

    /// <summary>The program could not be executed: why, as Postfix's child would say it on its standard error.</summary>
    public string? ExecutionProblem { get; init; }

    /// <summary>Identity or directory could not be taken: why, for the log.</summary>
    public string? IdentityProblem { get; init; }
}
