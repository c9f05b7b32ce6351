namespace Estafeta.Tables.Writing;

/// <summary>What becomes of an entry whose key is there already.</summary>
public enum DuplicateRule
{
    /// <summary>Keep the first and tell (the caller warns).</summary>
    Warn,

    /// <summary>Keep the first and be silent: <c>-w</c>.</summary>
    Ignore,

    /// <summary>Keep the last: <c>-r</c>.</summary>
    Replace,
}

/// <summary>How a table is to be written.</summary>
public sealed record TableWriterOptions
{
    /// <summary>Add to the existing table (<c>-i</c>, <c>-d</c>) instead of making a new one.</summary>
    public bool IsIncremental { get; init; }

    public DuplicateRule Duplicates { get; init; }

    /// <summary>A NUL after keys and values: <c>-N</c> true, <c>-n</c> false, null as the type does by itself.</summary>
    public bool? TerminatesWithNul { get; init; }

    /// <summary>Permissions of a file that does not exist yet.</summary>
    public UnixFileMode Mode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What <c>hash</c> and <c>btree</c> are written as: lmdb or cdb; see <see cref="Indexed.BerkeleyMigration"/>.</summary>
    public string BerkeleyTarget { get; init; } = "lmdb";

    /// <summary>How many entries come, at most and about.</summary>
    public int ExpectedEntries { get; init; }

    /// <summary>lmdb_map_size.</summary>
    public long LmdbMapSize { get; init; } = 16 * 1024 * 1024;
}

/// <summary>
/// A table file being made or changed by postmap and its like. Nothing is visible to readers before <see cref="Commit"/>, and all of it is after.
/// Synchronous: it may run under another user's identity on a thread of its own. Trouble with the file is an <see cref="IOException"/> or a
/// <see cref="TableUnavailableException"/>.
/// </summary>
public abstract class TableWriter : IDisposable
{
    /// <summary>What warnings call the table: <c>x.db</c>, <c>lmdb:x</c>.</summary>
    public abstract string LogName { get; }

    /// <summary>Octets of the longest key that the format can hold.</summary>
    public virtual int LongestKey => int.MaxValue;

    /// <summary>False: a duplicate that was not taken, and that <see cref="DuplicateRule.Warn"/> asks to tell of.</summary>
    public abstract bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>False when the key is not there, in either form.</summary>
    public abstract bool Delete(ReadOnlySpan<byte> key);

    public abstract void Commit();

    public virtual void Dispose() => GC.SuppressFinalize(this);

    protected static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    /// <summary>The same in a buffer that grows as needed.</summary>
    protected static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> text, ref byte[] room)
    {
        if (room.Length <= text.Length)
        {
            room = new byte[Math.Max(2 * text.Length, 256)];
        }

        text.CopyTo(room);
        room[text.Length] = 0;
        return room.AsSpan(0, text.Length + 1);
    }
}
