using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postlock;

/// <summary>postlock(1): runs a command while a mailbox is locked as local(8) locks it. The exit status is the command's; 75 without the lock.</summary>
public static class PostlockProgram
{
    public const string Name = "postlock";
    private const int TemporaryFailure = 75;
    private const string UsageText = "[-c config_dir] [-l lock_style] [-v] folder command...";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        var (style, directory, operands) = ReadOptions(arguments);
        var parameters = CommandProgram.Load(directory, log);
        var styles = (style ?? parameters.Get(Parameters.MailboxDeliveryLock)).Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        using var held = await FolderLock.TakeAsync(operands[0], styles, parameters);
        using var child = Start(operands.Skip(1).ToList());
        var status = child.Wait();
        return status.Signal == 0 ? status.Code : 1;
    }, fatalExitCode: TemporaryFailure);

    // Options end at the folder: the command has its own.
    private static (string? Style, string? Directory, IReadOnlyList<string> Operands) ReadOptions(IReadOnlyList<string> arguments)
    {
        var (style, directory) = ((string?)null, (string?)null);
        var i = 0;
        while (i < arguments.Count && arguments[i] is ['-', not '-', ..])
        {
            var options = new OptionReader(arguments[i] is "-c" or "-l" && i + 1 < arguments.Count ? [arguments[i], arguments[++i]] : [arguments[i]], "c:l:v");
            i++;
            while (options.TryRead(out var option, out var value))
            {
                style = option == 'l' ? value : style;
                directory = option == 'c' ? value : directory;
            }

            if (options.Error != null)
            {
                throw CommandProgram.Usage(Name, options, UsageText, TemporaryFailure);
            }
        }

        var operands = arguments.Skip(i).ToList();
        return operands.Count >= 2
            ? (style, directory, operands)
            : throw new CommandException($"usage: {Name} {UsageText}", TemporaryFailure);
    }

    private static ChildProcess Start(List<string> command)
    {
        try
        {
            return ChildProcess.Spawn(new SpawnRequest
            {
                Path = ProgramPath.Find(command[0]) ?? command[0],
                Arguments = command,
                Environment = SpawnRequest.CurrentEnvironment(),
                Descriptors = [0, 1, 2],
            });
        }
        catch (UnixException e)
        {
            throw new CommandException($"execvp {command[0]}: {UnixException.Describe(e.Errno)}");
        }
    }
}
