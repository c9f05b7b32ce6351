using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix.Locks;

namespace Estafeta.Services.Hosting;

/// <summary>
/// <c>pid/master.pid</c> as others see it: locked as long as a master of this queue runs, ours or Postfix's own.
/// </summary>
public sealed record MasterPidFile(string Path)
{
    public static MasterPidFile Of(ParameterSet parameters) => new(System.IO.Path.Combine(
        parameters.Get(Parameters.QueueDirectory), parameters.Get(Parameters.ProcessIdDirectory), "master.pid"));

    /// <summary>Whether a master is running.</summary>
    public bool IsLocked
    {
        get
        {
            if (!File.Exists(Path))
            {
                return false;
            }

            using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return !FileLock.TryFlock(file, exclusive: true);
        }
    }

    /// <summary>The running master; null when none runs.</summary>
    public int? RunningPid =>
        IsLocked && int.TryParse(File.ReadAllText(Path), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) && pid > 1 ? pid : null;
}
