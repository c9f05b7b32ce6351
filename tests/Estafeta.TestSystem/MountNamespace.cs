using System.Diagnostics;
using System.Globalization;

namespace Estafeta.TestSystem;

/// <summary>
/// A mount namespace with a tmpfs in it, kept by a process that ends when the test does. Nothing is mounted that the machine could see.
/// </summary>
internal sealed class MountNamespace : IDisposable
{
    private readonly Process _keeper;

    public MountNamespace(string directory, int megabytes)
    {
        _keeper = Process.Start(new ProcessStartInfo("unshare", ["-m", "--propagation", "private", "/bin/sh", "-c",
            $"mount -t tmpfs -o mode=755,size={megabytes.ToString(CultureInfo.InvariantCulture)}m tmpfs \"$0\" && echo ready && read end", directory])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        if (_keeper.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException("no mount namespace with a file system could be made");
        }
    }

    /// <summary>What to put before a command line so that it runs inside.</summary>
    public IReadOnlyList<string> Enter => ["nsenter", "-t", _keeper.Id.ToString(CultureInfo.InvariantCulture), "-m", "--"];

    /// <summary>The path under which others reach a file inside.</summary>
    public string Outside(string path) => $"/proc/{_keeper.Id}/root{path}";

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Obstacle
    {
        get
        {
            if (!Environment.IsPrivilegedProcess)
            {
                return "a file system of its own needs root";
            }

            try
            {
                using var process = Process.Start(new ProcessStartInfo("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]) { RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode == 0 ? null : "this kernel or container lets nobody mount a file system: " + process.StandardError.ReadToEnd().Trim();
            }
            catch (global::System.ComponentModel.Win32Exception)
            {
                return "the command unshare is missing: apt-get install util-linux";
            }
        }
    }

    public void Dispose()
    {
        _keeper.StandardInput.Close();
        _keeper.WaitForExit();
        _keeper.Dispose();
    }
}
