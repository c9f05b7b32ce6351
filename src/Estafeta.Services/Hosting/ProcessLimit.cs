using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Hosting;

/// <summary>The process limit of a service's master.cf entry, as its process learns it: -l, -z, or a number in the environment.</summary>
public static class ProcessLimit
{
    /// <summary>Set by master for entries with a number of their own.</summary>
    public const string Variable = "ESTAFETA_PROCESS_LIMIT";

    internal static int Of(DaemonArguments arguments, ParameterSet parameters)
    {
        if (arguments.Limit is { } limit)
        {
            return limit;
        }

        return int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var own)
            ? own
            : parameters.Get(Parameters.DefaultProcessLimit);
    }
}
