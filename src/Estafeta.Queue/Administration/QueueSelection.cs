using Estafeta.Queue.Storage;

namespace Estafeta.Queue.Administration;

/// <summary>The queues an administrator names: <c>postsuper -d ALL deferred hold</c>.</summary>
[Flags]
public enum QueueSelection
{
    None = 0,
    Incoming = 1,
    Active = 2,
    Deferred = 4,
    Hold = 8,
    Maildrop = 16,

    /// <summary>Those whose messages cleanup has seen.</summary>
    All = Incoming | Active | Deferred | Hold,
}

public static class QueueSelections
{
    /// <summary>The queue of this name; None when it is not one of the store's.</summary>
    public static QueueSelection Parse(string name) => name switch
    {
        "incoming" => QueueSelection.Incoming,
        "active" => QueueSelection.Active,
        "deferred" => QueueSelection.Deferred,
        "hold" => QueueSelection.Hold,
        "maildrop" => QueueSelection.Maildrop,
        _ => QueueSelection.None,
    };

    public static QueueSelection ToSelection(this QueueName queue) => queue switch
    {
        QueueName.Incoming => QueueSelection.Incoming,
        QueueName.Active => QueueSelection.Active,
        QueueName.Deferred => QueueSelection.Deferred,
        QueueName.Maildrop => QueueSelection.Maildrop,
        _ => QueueSelection.Hold,
    };

    public static string Name(this QueueName queue) => queue switch
    {
        QueueName.Incoming => "incoming",
        QueueName.Active => "active",
        QueueName.Deferred => "deferred",
        QueueName.Maildrop => "maildrop",
        _ => "hold",
    };
}
