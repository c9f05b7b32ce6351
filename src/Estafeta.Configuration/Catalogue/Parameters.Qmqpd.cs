namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter QmqpdAuthorizedClients = Add(new StringParameter("qmqpd_authorized_clients", ""));
    public static readonly BooleanParameter QmqpdClientPortLogging = Add(new BooleanParameter("qmqpd_client_port_logging", "no"));
    public static readonly TimeParameter QmqpdErrorDelay = Add(new TimeParameter("qmqpd_error_delay", "1s"));
    public static readonly TimeParameter QmqpdTimeout = Add(new TimeParameter("qmqpd_timeout", "300s") { Minimum = 1 });
}
