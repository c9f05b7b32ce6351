using Estafeta.Tables.Files;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// An open indexed file (LMDB, CDB, Berkeley DB) as a map from octets to octets. Not thread-safe: lent to one look-up at a time.
/// Damage and system errors are exceptions (<see cref="IOException"/>, <see cref="InvalidDataException"/>).
/// </summary>
internal abstract class IndexedFile(string path, FileStamp stamp) : IDisposable
{
    public string Path => path;

    /// <summary>What the file was when it was opened.</summary>
    public FileStamp Stamp { get; protected set; } = stamp;

    /// <summary>The change of the file from its stamp to this one needs no opening anew: its format lets writers change it while it is open.</summary>
    public virtual bool SurvivesChange(FileStamp now) => false;

    /// <summary>Keeps writers out while reading, without waiting. False when one is at work.</summary>
    public virtual bool TryLock() => true;

    /// <summary>As <see cref="TryLock"/>, but blocks the thread until the writer is done. For listings.</summary>
    public virtual void Lock()
    {
    }

    public virtual void Unlock()
    {
    }

    /// <summary>The value stays valid until the lock is given back.</summary>
    public abstract bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);

    /// <summary>Starts to fetch from memory what a look-up of the key reads first; never fails, may do nothing.</summary>
    /// <returns>For the second step.</returns>
    public virtual uint Approach(ReadOnlySpan<byte> key) => 0;

    /// <summary>Starts to fetch what the look-up reads next, given what the first step has fetched meanwhile.</summary>
    public virtual void Approach(uint step)
    {
    }

    /// <summary>All entries in the order of the file.</summary>
    public abstract IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll();

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
