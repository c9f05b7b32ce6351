using System.Runtime.InteropServices;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Memory;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// A record on its way into a batch: its entry, and its octets in up to three pieces so that nothing is copied before the batch is
/// put together. The checksum is computed by the thread that makes it, not by the one that writes.
/// </summary>
internal sealed class PendingRecord : IDisposable
{
    private readonly byte[] _prefix;
    private readonly int _prefixOctets;
    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _body;

    // Completed by GroupCommit on a thread of the pool, a whole batch at a time, so that waiting tasks may go on right there.
    private readonly TaskCompletionSource _written = new();
    private BatchEntry _entry;

    /// <param name="prefix">Rented; starts with room for the record header, then envelope and outcomes.</param>
    public PendingRecord(in BatchEntry entry, byte[] prefix, int envelopeOctets, int outcomeOctets, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        _prefix = prefix;
        _prefixOctets = RecordHeader.Octets + envelopeOctets + outcomeOctets;
        _head = head;
        _body = body;
        var header = new RecordHeader
        {
            EnvelopeOctets = envelopeOctets,
            OutcomeOctets = outcomeOctets,
            HeadOctets = head.Length,
            BodyOctets = body.Length,
        };
        MemoryMarshal.Write(prefix, in header);
        header.Crc = Checksum.Add(Checksum.Add(Checksum.Add(0, prefix.AsSpan(4, _prefixOctets - 4)), head.Span), body.Span);
        MemoryMarshal.Write(prefix, in header);
        _entry = entry;
        _entry.RecordOctets = header.RecordOctets;
        _entry.RecordCrc = header.Crc;
    }

    public ref readonly BatchEntry Entry => ref _entry;

    /// <summary>Where in the segment it was written.</summary>
    public int Offset { get; set; }

    /// <summary>Completes when the record is on disk, fails when it was refused.</summary>
    public Task Written => _written.Task;

    public void CopyTo(Span<byte> target)
    {
        _prefix.AsSpan(0, _prefixOctets).CopyTo(target);
        _head.Span.CopyTo(target[_prefixOctets..]);
        _body.Span.CopyTo(target[(_prefixOctets + _head.Length)..]);
    }

    public void Complete() => _written.SetResult();

    public void Refuse(Exception reason) => _written.SetException(reason);

    public void Dispose() => Buffers.Return(_prefix);
}
