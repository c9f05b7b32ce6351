namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// message_size_limit and queue_minfree at MAIL FROM: refuses before the client sends what cannot be kept. Free space is asked of the
/// kernel at most once a second.
/// </summary>
internal sealed class StorageCheck(SmtpdSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DriveInfo _queue = new(Path.GetFullPath(settings.QueueDirectory));
    private long _asked;
    private long _free = long.MaxValue;

    /// <param name="declared">SIZE=; 0 for none.</param>
    public string? CheckSize(long declared) =>
        settings.MessageSizeLimit > 0 && declared > settings.MessageSizeLimit ? "552 5.3.4 Message size exceeds fixed limit" : null;

    public string? CheckFreeSpace()
    {
        // queue_minfree = 0 means: room for one and a half messages of the largest size.
        var needed = settings.QueueMinfree > 0 ? settings.QueueMinfree : settings.MessageSizeLimit + settings.MessageSizeLimit / 2;
        return FreeSpace() < needed ? "452 4.3.1 Insufficient system storage" : null;
    }

    private long FreeSpace()
    {
        if (_asked == 0 || time.GetElapsedTime(_asked) >= Interval)
        {
            try
            {
                _free = _queue.AvailableFreeSpace;
            }
            catch (IOException)
            {
                _free = long.MaxValue; // cleanup finds out when it writes
            }

            _asked = time.GetTimestamp();
        }

        return _free;
    }
}
