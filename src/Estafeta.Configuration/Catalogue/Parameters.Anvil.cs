namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter AnvilRateTimeUnit = Add(new TimeParameter("anvil_rate_time_unit", "60s") { Minimum = 1 });
    public static readonly TimeParameter AnvilStatusUpdateTime = Add(new TimeParameter("anvil_status_update_time", "600s") { Minimum = 1 });
}
