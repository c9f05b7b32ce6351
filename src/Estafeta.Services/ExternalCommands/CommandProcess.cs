using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.ExternalCommands;

/// <summary>Starts an external command as the calling thread's identity, in a process group of its own, and ends that group.</summary>
public static class CommandProcess
{
    /// <param name="command">Identity and time limit are the caller's business.</param>
    /// <param name="descriptors">Standard input, output and error.</param>
    /// <exception cref="UnixException">It could not be executed.</exception>
    public static ChildProcess Start(ExternalCommand command, IReadOnlyList<int> descriptors)
    {
        var request = new SpawnRequest
        {
            Path = Find(command.Arguments[0]),
            Arguments = command.Arguments,
            Environment = command.Environment,
            Descriptors = descriptors,
            NewProcessGroup = true,
            FileSizeLimit = command.FileSizeLimit,
        };
        try
        {
            return ChildProcess.Spawn(request);
        }
        catch (UnixException e) when (e.Errno == Errno.ENOEXEC)
        {
            // A script without #!, as execvp(3) treats it.
            return ChildProcess.Spawn(request with { Path = "/bin/sh", Arguments = ["sh", request.Path, .. command.Arguments.Skip(1)] });
        }
    }

    public static void Kill(ChildProcess child)
    {
        try
        {
            ProcessControl.Signal(-child.Pid, SignalNumber.Kill);
        }
        catch (UnixException)
        {
            // A set-uid command is not ours to kill as a group; its first process is.
        }

        child.Signal(SignalNumber.Kill);
    }

    private static string Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return program;
        }

        foreach (var directory in CommandEnvironment.SearchPath.Split(':'))
        {
            var path = $"{directory}/{program}";
            if (FileStatus.Find(path, followsLinks: true) is { IsRegular: true })
            {
                return path;
            }
        }

        throw new UnixException("execvp", Errno.ENOENT);
    }
}
