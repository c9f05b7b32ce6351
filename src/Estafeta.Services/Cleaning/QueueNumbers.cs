namespace Estafeta.Services.Cleaning;

/// <summary>
/// The number part of queue IDs, where Postfix has an inode number. Counts through 24 bits from a random start; with the
/// microseconds before it no two messages in the queue share an ID, and the store refuses the one that would.
/// </summary>
public sealed class QueueNumbers
{
    private const uint Mask = 0xFFFFFF;
    private uint _last = (uint)Random.Shared.Next((int)Mask);

    public uint Next()
    {
        // Five or six digits as with inode numbers, so that IDs keep the width that tools expect.
        uint number;
        do
        {
            number = Interlocked.Increment(ref _last) & Mask;
        }
        while (number < 0x10000);
        return number;
    }
}
