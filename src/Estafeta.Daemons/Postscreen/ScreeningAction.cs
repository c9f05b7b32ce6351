using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Postscreen;

/// <summary>What is done with a client that fails a test (postscreen_*_action).</summary>
internal enum ScreeningAction
{
    /// <summary>Logged only.</summary>
    Ignore,

    /// <summary>The other tests go on, and each recipient is refused.</summary>
    Enforce,

    /// <summary>521, and the connection ends.</summary>
    Drop,
}

internal static class ScreeningActions
{
    public static ScreeningAction Read(ParameterSet parameters, StringParameter parameter) => parameters.Get(parameter) switch
    {
        "ignore" or "continue" => ScreeningAction.Ignore,
        "enforce" => ScreeningAction.Enforce,
        "drop" => ScreeningAction.Drop,
        var other => throw parameters.Wrong(parameter.Name, $"bad {parameter.Name} value: {other}"),
    };
}
