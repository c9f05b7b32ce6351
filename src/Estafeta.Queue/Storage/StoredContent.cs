namespace Estafeta.Queue.Storage;

/// <summary>
/// The content of a queued message for reading: all of it in memory (at most 256 KiB), or a head in memory and a body file
/// whose path is relative to the queue directory. Dispose returns the memory and lets the store free the space.
/// </summary>
public abstract class StoredContent : IDisposable
{
    public abstract ReadOnlyMemory<byte> Head { get; }

    /// <summary>Empty when <see cref="BodyPath"/> is set.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    public abstract string? BodyPath { get; }

    public abstract long BodyOctets { get; }

    public abstract void Dispose();
}
