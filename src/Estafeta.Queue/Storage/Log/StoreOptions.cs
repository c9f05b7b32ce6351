using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>How the segmented log is laid out and when it does its housekeeping. The defaults are what a server runs with.</summary>
public sealed record StoreOptions
{
    public const int DefaultInlineBodyOctets = 256 * 1024;

    /// <summary>$queue_directory; the store lives in <c>store/</c> below it.</summary>
    public required string QueueDirectory { get; init; }

    public int SegmentOctets { get; init; } = 16 * 1024 * 1024;

    /// <summary>Room for outcomes at the start of each segment. When it is used up the segment's survivors are moved.</summary>
    public int JournalOctets { get; init; } = 1024 * 1024;

    /// <summary>Largest body kept in memory while it is received and stored inside the log; bigger ones get a file.</summary>
    public int InlineBodyOctets { get; init; } = DefaultInlineBodyOctets;

    /// <summary>Most of all bodies being received that may be in memory at once; beyond it bodies spill early.</summary>
    public long ReceiveMemoryOctets { get; init; } = 48 * 1024 * 1024;

    /// <summary>Most that one write puts on disk, unless a single message is bigger.</summary>
    public int BatchOctets { get; init; } = 1024 * 1024;

    /// <summary>Segments kept ready, so that accepting never waits for one to be made.</summary>
    public int SpareSegments { get; init; } = 3;

    /// <summary>Empty segments beyond this number are removed.</summary>
    public int MaximumSpareSegments { get; init; } = 8;

    /// <summary>Outcomes reach the operating system this long after they are recorded…</summary>
    public TimeSpan OutcomeDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>…and the disk this long.</summary>
    public TimeSpan OutcomeSyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Space checks, retries after trouble and compaction happen this often.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A segment is compacted when it has been closed this long and little of it is alive.</summary>
    public TimeSpan CompactionAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of a segment may be alive, in percent, for its compaction to pay.</summary>
    public int CompactionPercent { get; init; } = 30;

    public DurableFileSystem FileSystem { get; init; } = DurableFileSystem.Default;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Takes what an operator must hear of: a disk that fails, a damaged record.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    internal string StoreDirectory => Path.Combine(QueueDirectory, "store");
}
