using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Segments;

/// <summary>
/// The segment files on disk: makes, empties and removes them. Names are <c>store/segments/000017</c>; a number is never used for two
/// files at once and holes are fine.
/// </summary>
internal sealed class SegmentFiles(StoreOptions options)
{
    private readonly DurableFileSystem _disk = options.FileSystem;
    private readonly string _directory = Path.Combine(options.StoreDirectory, "segments");
    private int _lastNumber;
    private long _lastEpoch;

    public string Directory => _directory;

    /// <summary>The highest epoch handed out: the file that holds it must stay, for the next run counts on from it.</summary>
    public long LastEpoch => Interlocked.Read(ref _lastEpoch);

    /// <summary>Opens every segment file and reads its header. Removes files a crash left half made.</summary>
    public List<Segment> OpenAll()
    {
        var segments = new List<Segment>();
        var block = new byte[SegmentHeader.Octets];
        foreach (var name in _disk.List(_directory))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || PathOf(number) != Path.Combine(_directory, name))
            {
                options.Warn($"queue store: unexpected file {Path.Combine(_directory, name)}");
                continue;
            }

            _lastNumber = Math.Max(_lastNumber, number);
            if (TryOpen(number, block) is { } segment)
            {
                _lastEpoch = Math.Max(_lastEpoch, segment.Header.Epoch);
                segments.Add(segment);
            }
        }

        return segments;
    }

    /// <summary>Makes a durable empty segment. Throws when the disk is full.</summary>
    public Segment Create(int fileOctets)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var path = PathOf(number);
        var file = _disk.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive);
        try
        {
            _disk.Allocate(file, fileOctets);
            var header = WriteHeader(file, fileOctets);
            _disk.Sync(file);
            _disk.SyncDirectory(_directory);
            return new Segment(number, file, header);
        }
        catch (IOException)
        {
            file.Dispose();
            _disk.Delete(path);
            throw;
        }
    }

    /// <summary>Empties a file for reuse: one block, durable when it returns.</summary>
    public Segment Empty(int number, DurableFile file, int fileOctets)
    {
        var header = WriteHeader(file, fileOctets);
        _disk.SyncData(file);
        return new Segment(number, file, header);
    }

    /// <summary>Removes the file for good.</summary>
    public void Delete(Segment segment)
    {
        segment.File.Dispose();
        _disk.Delete(PathOf(segment.Number));
        _disk.SyncDirectory(_directory);
    }

    public string PathOf(int number) => Path.Combine(_directory, number.ToString("D6", CultureInfo.InvariantCulture));

    private Segment? TryOpen(int number, byte[] block)
    {
        var file = _disk.Open(PathOf(number), OpenFlags.ReadWrite);
        var isWhole = _disk.Read(file, block, 0) == block.Length;
        if (isWhole && SegmentHeader.TryRead(block, out var header))
        {
            return new Segment(number, file, header) { IsDamaged = file.GetLength() < header.FileOctets };
        }

        file.Dispose();
        if (isWhole && block.AsSpan().ContainsAnyExcept((byte)0))
        {
            options.Warn($"queue store: {PathOf(number)} has a damaged header, its messages stay there");
        }
        else
        {
            _disk.Delete(PathOf(number));
        }

        return null;
    }

    private SegmentHeader WriteHeader(DurableFile file, int fileOctets)
    {
        Span<byte> nonce = stackalloc byte[8];
        RandomNumberGenerator.Fill(nonce);
        var header = SegmentHeader.Create(
            Interlocked.Increment(ref _lastEpoch), MemoryMarshal.Read<ulong>(nonce), fileOctets, options.JournalOctets);
        var block = new byte[SegmentHeader.Octets];
        MemoryMarshal.Write(block, in header);
        _disk.Write(file, block, 0);
        return header;
    }
}
