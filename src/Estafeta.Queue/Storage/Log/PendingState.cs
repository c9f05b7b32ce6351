namespace Estafeta.Queue.Storage.Log;

/// <summary>Changes of one message that are not in the journal yet: outcomes here, queue and due time in the index itself.</summary>
internal sealed class PendingState
{
    /// <summary>Oldest first.</summary>
    public List<RecipientOutcome> Outcomes { get; } = [];

    /// <summary>Counts changes, so that one made while an earlier state is being written is not lost.</summary>
    public int Version { get; set; }

    /// <summary>The message is gone.</summary>
    public bool IsDropped { get; set; }
}

/// <summary>A message and its pending changes at one moment: the state that is about to be written, or merged into a moved record.</summary>
internal readonly record struct MessageSnapshot(int TableIndex, MessageState State, PendingState? Pending, int Version, RecipientOutcome[] Outcomes);
