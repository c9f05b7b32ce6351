using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Files;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Locks;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Commands.Postconf.Edit;

/// <summary>
/// Replaces a configuration file whole: the new text goes to <c>file.tmp</c>, under a lock that keeps a second editor out, to disk, and then by rename into
/// place, so that a daemon reads the old file or the new one. The mode is 0644, as Postfix leaves it.
/// </summary>
internal static class RewrittenFile
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <param name="path">The file.</param>
    /// <param name="change">Makes the new text of the old.</param>
    public static void Rewrite(string path, Func<string, string> change)
    {
        var temporary = path + ".tmp";
        try
        {
            using var lockHolder = OpenLocked(temporary);
            try
            {
                var text = RawText.Encode(change(RawText.Decode(ConfigurationFile.ReadBytes(path))));
                Replace(path, temporary, text);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (UnixException e)
        {
            throw new CommandException(e.Message);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CommandException($"open {temporary}: Permission denied");
        }
        catch (DirectoryNotFoundException)
        {
            throw new CommandException($"open {temporary}: No such file or directory");
        }
    }

    private static void Replace(string path, string temporary, byte[] text)
    {
        using (var file = DurableFile.Open(temporary, OpenFlags.ReadWrite | OpenFlags.Truncate))
        {
            file.Write(text, 0);
            File.SetUnixFileMode(temporary, Mode);
            file.Sync();
        }

        DurableFileSystem.Default.Rename(temporary, path);
        DurableFileSystem.Default.SyncDirectory(Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".");
    }

    // The one who held the lock before us may have renamed the file away under our hand.
    private static SafeFileHandle OpenLocked(string temporary)
    {
        while (true)
        {
            var handle = File.OpenHandle(temporary, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _ = FileStamp.TryRead($"/proc/self/fd/{handle.DangerousGetHandle()}", out var mine);
            FileLock.Flock(handle, exclusive: true);
            if (FileStamp.TryRead(temporary, out var current) && (mine.Device, mine.Inode) == (current.Device, current.Inode))
            {
                return handle;
            }

            handle.Dispose();
        }
    }
}
