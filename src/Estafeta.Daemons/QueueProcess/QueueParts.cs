using Estafeta.Daemons.QueueManager;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>What lives as long as the process, whatever the configuration becomes.</summary>
internal sealed record QueueParts(
    IQueueStore Store,
    QueueNumbers Numbers,
    QueueManagerService Manager,
    QueueListing Listing,
    QueueAdministration Administration,
    CleanupConnections CleanupConnections);
