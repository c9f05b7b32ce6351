using System.Collections.Frozen;

namespace Estafeta.Services.Hosting;

/// <summary>The programs of master.cf that are objects of the one queue process: they share the queue's state.</summary>
public static class QueueProcessPrograms
{
    /// <summary>Name of the process in ps.</summary>
    public const string ProcessName = "queue";

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.Ordinal,
        "anvil", "bounce", "cleanup", "discard", "error", "flush", "nqmgr", "oqmgr", "pickup", "qmgr", "scache", "showq", "tlsmgr", "trivial-rewrite", "verify");

    /// <summary>Whether wake-ups mean something to it; the others look after their own time.</summary>
    public static bool TakesTriggers(string program) => program is "pickup" or "qmgr" or "nqmgr" or "oqmgr";

    public static bool Contains(string program) => Names.Contains(program);
}
