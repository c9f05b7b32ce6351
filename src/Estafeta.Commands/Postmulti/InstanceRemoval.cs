using Estafeta.Commands.CommandLine;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postmulti;

/// <summary>
/// <c>postmulti -e destroy</c>: removes what the mail system made in the directories of a disabled, stopped instance without mail, and what is
/// then empty. What somebody else put there stays, with a warning.
/// </summary>
internal sealed class InstanceRemoval(Instance instance, CommandLog log)
{
    private static readonly string[] QueueDirectories =
    [
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public", "saved", "store", "trace",
    ];

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

        foreach (var name in QueueDirectories)
        {
            var path = Path.Combine(instance.QueueDirectory, name);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: name is "pid" or "private" or "public" or "store");
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

    // Asked of the command, which reads the queue as mail_owner.
    private bool HasMail()
    {
        var maildrop = Path.Combine(instance.QueueDirectory, "maildrop");
        return (Directory.Exists(maildrop) && Directory.EnumerateFileSystemEntries(maildrop).Any())
            || InstanceCommand.Run(instance, ["/bin/sh", "-c", "test -z \"$(postqueue -j 2>/dev/null)\""]) != 0;
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
