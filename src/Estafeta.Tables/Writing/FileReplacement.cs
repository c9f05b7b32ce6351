using System.Runtime.InteropServices;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Tables.Writing;

/// <summary>
/// A new file that takes the place of another in one step: readers see the old table or the new one, whole. The new file takes over mode and owner of
/// the old. Nobody can have us write elsewhere: the temporary name is created, never opened.
/// </summary>
internal sealed partial class FileReplacement : IDisposable
{
    private const UnixFileMode WhileWriting = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private bool _isDone;

    /// <param name="path">The file to replace or create.</param>
    /// <param name="mode">Of a file that does not exist yet.</param>
    /// <exception cref="TableUnavailableException"><c>open database FILE: reason</c>.</exception>
    public FileReplacement(string path, UnixFileMode mode)
    {
        _path = path;
        Mode = mode;
        TemporaryPath = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.Delete(TemporaryPath);
            using var created = DurableFile.Open(TemporaryPath, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, WhileWriting);
        }
        catch (UnixException e)
        {
            throw new TableUnavailableException($"open database {path}: {UnixException.Describe(e.Errno)}");
        }
        catch (UnauthorizedAccessException)
        {
            throw new TableUnavailableException($"open database {path}: Permission denied");
        }
    }

    /// <summary>An empty file for the format's writer to fill.</summary>
    public string TemporaryPath { get; }

    private UnixFileMode Mode { get; }

    /// <summary>Makes the file durable and visible. Its writer has closed it.</summary>
    public void Commit()
    {
        var mode = Mode;
        if (File.Exists(_path))
        {
            mode = File.GetUnixFileMode(_path);
            KeepOwner();
        }

        File.SetUnixFileMode(TemporaryPath, mode);
        using (var file = DurableFile.Open(TemporaryPath, OpenFlags.ReadOnly | OpenFlags.NoFollow))
        {
            file.Sync();
        }

        DurableFileSystem.Default.Rename(TemporaryPath, _path);
        _isDone = true;
        DurableFileSystem.Default.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "/");
    }

    public void Dispose()
    {
        if (!_isDone)
        {
            File.Delete(TemporaryPath);
        }
    }

    // Only root can; anybody else could only have replaced a file in a directory of his own.
    private void KeepOwner()
    {
        if (Files.FileStamp.TryReadOwner(_path, out var user, out var group) && ChangeOwner(TemporaryPath, user, group) != 0
            && Marshal.GetLastPInvokeError() != Errno.EPERM)
        {
            throw UnixException.Last($"chown {TemporaryPath}");
        }
    }

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
