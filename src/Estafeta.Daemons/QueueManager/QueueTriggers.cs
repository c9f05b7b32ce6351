namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// The triggers of qmgr(8), one letter each: D and I look for due mail, A makes all deferred mail due, F forgets dead destinations,
/// W is master's wakeup. Letters in one write are one request.
/// </summary>
public static class QueueTriggers
{
    public static ScanRequest Parse(ReadOnlySpan<byte> triggers)
    {
        var request = ScanRequest.None;
        foreach (var trigger in triggers)
        {
            request |= trigger switch
            {
                (byte)'D' or (byte)'I' or (byte)'W' => ScanRequest.Scan,
                (byte)'A' => ScanRequest.IgnoreDue,
                (byte)'F' => ScanRequest.FlushDead,
                _ => ScanRequest.None,
            };
        }

        return request;
    }
}
