using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postfix;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postmulti;

/// <summary>
/// <c>postmulti -e destroy</c>: removes what the mail system made in the directories of a disabled, stopped instance without mail, and what is
/// then empty. What somebody else put there stays, with a warning.
/// </summary>
internal sealed class InstanceRemoval(Instance instance, CommandLog log)
{
    // Made anew at each start, or, as the store here, without mail.
    private static readonly string[] OfTheSystem = ["pid", "private", "public", "store"];

    public void Run()
    {
        if (MasterPidFile.Of(instance.Parameters) is var pidFile && new MasterPidFile(Path.Combine(instance.QueueDirectory, pidFile.Path)).IsLocked)
        {
            throw new CommandException($"Instance '{instance.ConfigDirectory}' is not stopped");
        }

        if (HasMail())
        {
            throw new CommandException($"Instance '{instance.ConfigDirectory}' mail queue is not empty");
        }

        foreach (var path in QueueLayout.Of(instance.Parameters).Select(d => d.Path).Where(p => p.StartsWith(instance.QueueDirectory + "/", StringComparison.Ordinal)))
        {
            if (OfTheSystem.Contains(Path.GetFileName(path)) && Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                RemoveIfEmpty(path);
            }
        }

        File.Delete(Path.Combine(instance.DataDirectory, "master.lock"));
        File.Delete(Path.Combine(instance.ConfigDirectory, "main.cf"));
        File.Delete(Path.Combine(instance.ConfigDirectory, "master.cf"));
        foreach (var directory in new[] { instance.QueueDirectory, instance.DataDirectory, instance.ConfigDirectory })
        {
            RemoveIfEmpty(directory);
        }
    }

    // Asked of the command, which reads the queue as mail_owner. One that cannot read it has not said that it is empty.
    private bool HasMail()
    {
        var maildrop = Path.Combine(instance.QueueDirectory, "maildrop");
        return (Directory.Exists(maildrop) && Directory.EnumerateFileSystemEntries(maildrop).Any())
            || InstanceCommand.Run(instance, ["/bin/sh", "-c", "queue=$(postqueue -j 2>/dev/null) && test -z \"$queue\""]) != 0;
    }

    private void RemoveIfEmpty(string directory)
    {
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
        else if (Directory.Exists(directory))
        {
            log.Warning($"{directory} is not empty and stays");
        }
    }
}
