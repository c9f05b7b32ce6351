namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>How much of all messages being received is in memory: beyond the limit their bodies go to disk early.</summary>
internal sealed class ReceiveMemory(long limit)
{
    private long _used;

    public bool TryReserve(int octets)
    {
        if (Interlocked.Add(ref _used, octets) <= limit)
        {
            return true;
        }

        Release(octets);
        return false;
    }

    public void Release(int octets) => Interlocked.Add(ref _used, -octets);
}
