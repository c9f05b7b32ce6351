using Estafeta.Queue;
using Estafeta.Queue.Storage;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Where messages go from cleanup: to the store, to the queue manager, or back to the sender.</summary>
public sealed record CleanupExits(IQueueStore Store, IActiveQueue Queue, NotificationSender Notify, TimeProvider Time);
