using Estafeta.Mail.Dsn;

namespace Estafeta.Daemons.QueueManager;

/// <summary>Tells verify(8) what became of a probe.</summary>
public delegate ValueTask ProbeReporter(string address, DeliveryStatus status, CancellationToken cancellationToken);
