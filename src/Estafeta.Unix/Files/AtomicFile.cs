namespace Estafeta.Unix.Files;

/// <summary>A small file replaced as a whole: readers, and a crash, leave the old content or the new. One writer at a time.</summary>
public static class AtomicFile
{
    /// <summary>Durable when it returns. Throws <see cref="UnixException"/>; then the old content stays.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var directory = Path.GetDirectoryName(path) is { Length: > 0 } found ? found : ".";
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.new");
        using (var file = DurableFile.Open(temporary, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, mode))
        {
            file.Write(content, 0);
            file.Sync();
        }

        DurableFileSystem.Default.Rename(temporary, path);
        DurableFileSystem.Default.SyncDirectory(directory);
    }
}
