using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Segments;

/// <summary>
/// One life of a segment file: header, journal area, then batches. A file that is emptied for reuse starts a new life with a new
/// Segment. Which thread may touch what: Tail and Sequence belong to the appender, the journal's end to the housekeeper, the rest to
/// the store's lock.
/// </summary>
internal sealed class Segment(int number, DurableFile file, SegmentHeader header)
{
    public int Number => number;

    public DurableFile File => file;

    public SegmentHeader Header => header;

    public uint Seed => header.Seed;

    public int JournalEnd => SegmentHeader.Octets + header.JournalOctets;

    public int DataStart => SegmentHeader.Octets + header.JournalOctets;

    public int FileOctets => header.FileOctets;

    /// <summary>Index in the store's list of segments in use.</summary>
    public int Index { get; set; } = -1;

    // The appender's.
    public int Tail { get; set; } = SegmentHeader.Octets + header.JournalOctets;

    public int Sequence { get; set; }

    // The housekeeper's.
    public uint JournalCrc { get; set; } = header.Seed;

    /// <summary>Journal entries written since the last sync, and the body files that may go after it.</summary>
    public bool IsJournalDirty { get; set; }

    public List<long> WrittenBodies { get; } = [];

    // Under the store's lock.
    public int JournalTail { get; set; } = SegmentHeader.Octets;

    /// <summary>Records of the batch being written: their removals have their room in the journal already.</summary>
    public int InFlight { get; set; }

    public int Live { get; set; }

    public long LiveOctets { get; set; }

    public SegmentState State { get; set; }

    /// <summary>A write or sync failed: nothing is added any more, survivors move out, the file goes.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>An outcome did not fit in the journal: survivors move out with their outcomes.</summary>
    public bool IsJournalFull { get; set; }

    public long ClosedAt { get; set; }

    /// <summary>Not before this time stamp is another attempt made to move a survivor that could not be read.</summary>
    public long CompactNotBefore { get; set; }

    /// <summary>Readers at work; the file is not reused before they are done.</summary>
    public int Readers { get; set; }

    /// <summary>Offsets of records that are done with and not yet in the journal.</summary>
    public List<int> PendingRemovals { get; set; } = [];

    /// <summary>Body files to unlink as soon as the removals of their messages are on disk.</summary>
    public List<long>? DoomedBodies { get; set; }

    public bool IsDead => State == SegmentState.Closed && Live == 0 && Readers == 0;
}

internal enum SegmentState
{
    /// <summary>From an earlier run; its messages are not known yet.</summary>
    Unread,

    /// <summary>An appender writes to it.</summary>
    Open,

    /// <summary>Full, given up, or from an earlier run: never appended to.</summary>
    Closed,
}
