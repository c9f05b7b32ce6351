namespace Estafeta.Queue.Administration;

/// <summary>What postsuper does to a message.</summary>
public enum QueueOperation
{
    Delete,
    Hold,
    Release,
    Requeue,
    Expire,
}
