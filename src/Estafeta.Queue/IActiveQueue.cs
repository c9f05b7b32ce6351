using Estafeta.Queue.Storage;

namespace Estafeta.Queue;

/// <summary>
/// What cleanup hands accepted mail to: the queue manager of the same process. The message is durable already, so nothing is lost
/// when the process ends between the two; it is found again at the next start.
/// </summary>
public interface IActiveQueue
{
    /// <summary>
    /// Takes over a message as the store accepted it, and its content. Recipients whose outcome is already known (cleanup bounces
    /// what no one waits for) are reported, not delivered. Messages on hold are left alone. Returns at once; thread-safe.
    /// </summary>
    void MessageAccepted(QueuedMessage message, StoredContent content);
}
