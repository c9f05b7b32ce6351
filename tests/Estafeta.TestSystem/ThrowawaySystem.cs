using System.Diagnostics;

namespace Estafeta.TestSystem;

/// <summary>
/// The machine as it is, with everything that is changed thrown away: an overlay of the root file system in namespaces of their own (mounts,
/// processes, network, host name). Scripts in it may install, remove accounts and start servers on port 25; all of it ends with the script.
/// </summary>
public static class ThrowawaySystem
{
    private const string Enter =
        """
        set -e
        mount -t tmpfs tmpfs "$0"
        mkdir "$0/upper" "$0/work" "$0/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
        mount -t proc proc "$0/root/proc"
        mount --rbind /dev "$0/root/dev"
        mount -t tmpfs tmpfs "$0/root/run"
        ip link set lo up
        hostname mail.example.test
        exec chroot "$0/root" /bin/bash -c "$1" 2>&1
        """;

    private static readonly string[] Unshare = ["timeout", "-k", "5", "900", "unshare", "-m", "-p", "-f", "-n", "-u", "--kill-child", "--propagation", "private"];

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    /// <summary>Runs a bash script to its end.</summary>
    public static (int Status, string Output) Run(string script)
    {
        var directory = Directory.CreateTempSubdirectory("estafeta-overlay-").FullName;
        try
        {
            return Programs.Run([.. Unshare, "/bin/bash", "-c", Enter, directory, script]);
        }
        finally
        {
            Directory.Delete(directory);
        }
    }

    private static string? FindObstacle()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "a throw-away system needs root";
        }

        try
        {
            var (status, output) = Run("true");
            return status == 0 ? null : "this kernel or container allows no throw-away system (overlay in a mount namespace): " + output.Trim();
        }
        catch (global::System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
