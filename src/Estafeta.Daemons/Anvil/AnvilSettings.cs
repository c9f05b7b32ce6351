using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Anvil;

/// <param name="RateTimeUnit">anvil_rate_time_unit.</param>
/// <param name="StatusUpdateTime">anvil_status_update_time.</param>
internal sealed record AnvilSettings(TimeSpan RateTimeUnit, TimeSpan StatusUpdateTime)
{
    public static AnvilSettings Read(ParameterSet parameters) =>
        new(parameters.Get(Parameters.AnvilRateTimeUnit), parameters.Get(Parameters.AnvilStatusUpdateTime));
}
