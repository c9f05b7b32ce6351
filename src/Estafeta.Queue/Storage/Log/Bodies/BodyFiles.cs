using System.Globalization;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>
/// Bodies too big for the log, one file each: <c>store/bodies/&lt;serial&gt;</c>, the body's octets and nothing else. A file is on disk with its
/// name before the record that refers to it, and goes only after the removal of that record is on disk, or when no record refers to it.
/// </summary>
internal sealed class BodyFiles(StoreOptions options)
{
    private readonly DurableFileSystem _disk = options.FileSystem;
    private readonly string _directory = Path.Combine(options.StoreDirectory, "bodies");
    private readonly Lock _gate = new();
    private readonly Dictionary<long, OpenBody> _open = [];

    // Names found at start; those no message claims are left over from a crash.
    private List<long> _found = [];

    public string Directory => _directory;

    /// <summary>As agents open it: relative to the queue directory, their working directory.</summary>
    public static string RelativePath(long serial) => "store/bodies/" + Name(serial);

    public DurableFile Create(long serial) =>
        _disk.Open(PathOf(serial), OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate);

    /// <summary>Waits for the disk. The octets are to be there before the name.</summary>
    public void SyncNames() => _disk.SyncDirectory(_directory);

    /// <summary>Someone reads the file: it stays until <see cref="Release"/>.</summary>
    public void Acquire(long serial)
    {
        lock (_gate)
        {
            _open[serial] = _open.TryGetValue(serial, out var body) ? body with { Readers = body.Readers + 1 } : new OpenBody(1, false);
        }
    }

    public void Release(long serial)
    {
        lock (_gate)
        {
            var body = _open[serial];
            if (body.Readers > 1)
            {
                _open[serial] = body with { Readers = body.Readers - 1 };
                return;
            }

            _open.Remove(serial);
            if (!body.IsDoomed)
            {
                return;
            }
        }

        Delete(serial);
    }

    /// <summary>Removes the file now, or when its last reader is done.</summary>
    public void Remove(long serial)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(serial, out var body))
            {
                _open[serial] = body with { IsDoomed = true };
                return;
            }
        }

        Delete(serial);
    }

    public bool HasFilesOfEarlierRuns => _found.Count > 0;

    public void NoteFilesOfEarlierRuns()
    {
        foreach (var name in _disk.List(_directory))
        {
            if (name.Length == 16 && long.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var serial))
            {
                _found.Add(serial);
            }
        }
    }

    /// <summary>Called once, when every message of earlier runs is known.</summary>
    public void RemoveUnclaimed(HashSet<long> claimed)
    {
        foreach (var serial in _found)
        {
            if (!claimed.Contains(serial))
            {
                Remove(serial);
            }
        }

        _found = [];
    }

    private static string Name(long serial) => serial.ToString("x16", CultureInfo.InvariantCulture);

    private string PathOf(long serial) => Path.Combine(_directory, Name(serial));

    // What cannot be removed now is unclaimed at the next start.
    private void Delete(long serial)
    {
        try
        {
            _disk.Delete(PathOf(serial));
        }
        catch (UnixException e)
        {
            options.Warn($"cannot remove a message body: {e.Message}");
        }
    }

    private readonly record struct OpenBody(int Readers, bool IsDoomed);
}
