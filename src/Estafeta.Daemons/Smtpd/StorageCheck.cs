using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// message_size_limit and queue_minfree at MAIL FROM: refuses before the client sends what cannot be kept, by the space that is free
/// on the queue's file system and, inside its log, in the queue store. Looked up for every message, or once a second while there is plenty.
/// </summary>
internal sealed class StorageCheck(SmtpdSettings settings, TimeProvider time)
{
    private const long Plenty = 4L << 30;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DriveInfo _queue = new(Path.GetFullPath(settings.QueueDirectory));
    private Measured? _measured;

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckSize(long declared) =>
        settings.MessageSizeLimit > 0 && declared > settings.MessageSizeLimit ? "552 5.3.4 Message size exceeds fixed limit" : null;

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckFreeSpace(long declared) => HasRoom(Measure(), declared) ? null : "452 4.3.1 Insufficient system storage";

    private bool HasRoom(Measured measured, long declared)
    {
        var free = measured.Free;
        if (settings.QueueMinfree > 0 && free < settings.QueueMinfree)
        {
            return false;
        }

        // queue_minfree = 0 means: room for one and a half messages of the largest size.
        var needed = settings.QueueMinfree > 0 ? 0 : settings.MessageSizeLimit + settings.MessageSizeLimit / 2;
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
    private Measured Measure()
    {
        if (Volatile.Read(ref _measured) is { Free: >= Plenty } last && time.GetElapsedTime(last.At) < Interval)
        {
            return last;
        }

        long free;
        try
        {
            free = _queue.AvailableFreeSpace;
        }
        catch (IOException)
        {
            free = long.MaxValue; // cleanup finds out when it writes
        }

        var measured = new Measured(time.GetTimestamp(), free, StoreRoom.Read(settings.QueueDirectory));
        Volatile.Write(ref _measured, measured);
        return measured;
    }

    private sealed record Measured(long At, long Free, StoreRoom? Room);
}
