using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// message_size_limit and queue_minfree at MAIL FROM: refuses before the client sends what cannot be kept, by the space that is free on the
/// queue's file system and, inside its log, in the queue store. Looked up
/// for every message, or once a second while there is plenty.
/// </summary>
internal sealed class StorageCheck(SmtpdSettings settings, TimeProvider time)
{
    private const long Plenty = 4L << 30;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DriveInfo _queue = new(Path.GetFullPath(settings.QueueDirectory));
    private long _asked;
    private long _free = long.MaxValue;
    private StoreRoom? _room;

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckSize(long declared) =>
        settings.MessageSizeLimit > 0 && declared > settings.MessageSizeLimit ? "552 5.3.4 Message size exceeds fixed limit" : null;

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckFreeSpace(long declared)
    {
        Refresh();
        return HasRoom(declared) ? null : "452 4.3.1 Insufficient system storage";
    }

    private bool HasRoom(long declared)
    {
        if (settings.QueueMinfree > 0 && _free < settings.QueueMinfree)
        {
            return false;
        }

        // queue_minfree = 0 means: room for one and a half messages of the largest size.
        var needed = settings.QueueMinfree > 0 ? 0 : settings.MessageSizeLimit + settings.MessageSizeLimit / 2;
        if (_room is not { } room)
        {
            return _free >= needed;
        }

        // The log keeps segments of its own in reserve; a big body becomes a file beside it.
        return room.Health != StoreHealth.Full
            && _free >= needed - room.FreeOctets
            && (declared <= StoreOptions.DefaultInlineBodyOctets || declared <= _free);
    }

    private void Refresh()
    {
        if (_asked != 0 && _free >= Plenty && time.GetElapsedTime(_asked) < Interval)
        {
            return;
        }

        try
        {
            _free = _queue.AvailableFreeSpace;
        }
        catch (IOException)
        {
            _free = long.MaxValue; // cleanup finds out when it writes
        }

        _room = StoreRoom.Read(settings.QueueDirectory);
        _asked = time.GetTimestamp();
    }
}
