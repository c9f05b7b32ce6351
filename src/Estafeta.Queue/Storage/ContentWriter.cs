using System.Buffers;

namespace Estafeta.Queue.Storage;

/// <summary>
/// The content of a message while it is received, in queue form: every line ends in LF, a bare CR is content like any other octet.
/// Dispose without accepting discards everything, the spill file included.
/// </summary>
public abstract class ContentWriter : IAsyncDisposable
{
    /// <summary>The header section with its final empty line; small, always in memory; replaced by header edits until the message is accepted.</summary>
    public ArrayBufferWriter<byte> Head { get; } = new(1024);

    /// <summary>Octets of the body so far.</summary>
    public abstract long BodyOctets { get; }

    /// <summary>Appends to the body; may spill to disk. Throws <see cref="StoreFullException"/> when the disk is full.</summary>
    public abstract ValueTask WriteBodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken);

    /// <summary>Reads the body written so far again from its start (milters, body replacement).</summary>
    public abstract Stream OpenBody();

    /// <summary>Forgets the body (a milter replaces it).</summary>
    public abstract void ResetBody();

    /// <summary>
    /// The content for reading, straight from this writer's memory, once the store has accepted the message: the delivery that
    /// follows needs no re-read. The writer is empty afterwards; whoever gets the content disposes it.
    /// </summary>
    public abstract StoredContent TakeContent();

    public abstract ValueTask DisposeAsync();
}
