using Estafeta.Services.Logging;

namespace Estafeta.Commands.QueueAccess;

/// <summary>Messages pickup has not taken yet, for postsuper. They are files whoever is root may remove.</summary>
internal sealed class MaildropFiles(string directory)
{
    // Whoever still writes after a week has died.
    private static readonly TimeSpan MaximumAge = TimeSpan.FromDays(7);

    public static bool IsQueueId(string name) => name.Length > 0 && name.All(char.IsAsciiLetterOrDigit);

    /// <summary>False when there is no such file.</summary>
    public bool TryDelete(string name)
    {
        if (!IsQueueId(name))
        {
            return false;
        }

        var path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        return true;
    }

    public int DeleteAll() => Names().Count(TryDelete);

    /// <summary>Names the files that cannot be messages.</summary>
    public void WarnOfStrangers(IMailLog log)
    {
        foreach (var name in Names().Where(name => !IsQueueId(name)))
        {
            log.Warning($"bogus file name: {Path.GetFileName(directory)}/{name}");
        }
    }

    /// <summary>Deletes what a submission left that died long ago: files without the execute bit that completes them.</summary>
    public void PurgeIncomplete(TimeProvider time)
    {
        foreach (var name in Names().Where(IsQueueId))
        {
            var file = new FileInfo(Path.Combine(directory, name));
            if (file.LinkTarget == null && !file.UnixFileMode.HasFlag(UnixFileMode.UserExecute) && time.GetUtcNow() - file.LastWriteTimeUtc > MaximumAge)
            {
                file.Delete();
            }
        }
    }

    private IEnumerable<string> Names() => Directory.Exists(directory) ? Directory.GetFiles(directory).Select(path => Path.GetFileName(path)) : [];
}
