using Estafeta.Mail.Dsn;

namespace Estafeta.Daemons.QueueManager;

/// <summary>Tells verify(8) what became of a probe.</summary>
public delegate void ProbeReporter(string address, DeliveryStatus status);
