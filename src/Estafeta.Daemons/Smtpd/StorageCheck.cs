using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// message_size_limit and queue_minfree at MAIL FROM: refuses before the client sends what cannot be kept, by the space that is free
/// on the queue's file system and, inside its log, in the queue store. Looked up for every message, or once a second while there is plenty.
/// </summary>
internal sealed class StorageCheck
{
    private const long Plenty = 4L << 30;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SmtpdSettings _settings;
    private readonly TimeProvider _time;
    private readonly DriveInfo _queue;
    private Measured _measured;

    public StorageCheck(SmtpdSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _queue = new DriveInfo(Path.GetFullPath(settings.QueueDirectory));

        // At once: in a chroot jail the JIT build no longer finds the library that reads the store's room.
        _measured = Measure();
    }

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckSize(long declared) =>
        _settings.MessageSizeLimit > 0 && declared > _settings.MessageSizeLimit ? "552 5.3.4 Message size exceeds fixed limit" : null;

    /// <param name="declared">SIZE=; 0 for none.</param>
    /// <param name="free">What there is.</param>
    public bool HasRoom(long declared, out long free)
    {
        var measured = Current();
        free = measured.Free;
        return HasRoom(measured, declared);
    }

    private bool HasRoom(Measured measured, long declared)
    {
        var free = measured.Free;
        if (_settings.QueueMinfree > 0 && free < _settings.QueueMinfree)
        {
            return false;
        }

        // Whatever queue_minfree: room for one and a half messages of the largest size.
        var needed = _settings.MessageSizeLimit + _settings.MessageSizeLimit / 2;
        if (measured.Room is not { } room)
        {
            return free >= needed;
        }

        // The log keeps segments of its own in reserve; a big body becomes a file beside it.
        return room.Health != StoreHealth.Full
            && free >= needed - room.FreeOctets
            && (declared <= StoreOptions.DefaultInlineBodyOctets || declared <= free);
    }

    // Sessions share it: what was measured together is replaced together.
    private Measured Current()
    {
        var last = Volatile.Read(ref _measured);
        if (last.Free >= Plenty && _time.GetElapsedTime(last.At) < Interval)
        {
            return last;
        }

        var now = Measure();
        Volatile.Write(ref _measured, now);
        return now;
    }

    private Measured Measure()
    {
        long free;
        try
        {
            free = _queue.AvailableFreeSpace;
        }
        catch (IOException)
        {
            free = long.MaxValue; // cleanup finds out when it writes
        }

        return new Measured(_time.GetTimestamp(), free, StoreRoom.Read(_settings.QueueDirectory));
    }

    private sealed record Measured(long At, long Free, StoreRoom? Room);
}
