namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter PipeDeliveryStatusFilter = Add(new StringParameter("pipe_delivery_status_filter", "$default_delivery_status_filter"));
}
