using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Verify;

/// <summary>address_verify_*: how long answers hold, and when they are looked at again before they expire.</summary>
internal sealed record VerifySettings
{
    /// <summary>address_verify_map; empty: in memory.</summary>
    public required string Map { get; init; }

    public required bool KeepsNegative { get; init; }

    public required TimeSpan PositiveExpireTime { get; init; }

    public required TimeSpan PositiveRefreshTime { get; init; }

    public required TimeSpan NegativeExpireTime { get; init; }

    public required TimeSpan NegativeRefreshTime { get; init; }

    /// <summary>Zero: never.</summary>
    public required TimeSpan CleanupInterval { get; init; }

    /// <summary>How cleanup handles a probe (smtputf8_autodetect_classes).</summary>
    public required CleanupFlags ProbeFlags { get; init; }

    /// <summary>cleanup_service_name.</summary>
    public required string CleanupService { get; init; }

    public static VerifySettings From(ParameterSet parameters) => new()
    {
        Map = parameters.Get(Parameters.AddressVerifyMap).Trim(),
        KeepsNegative = parameters.Get(Parameters.AddressVerifyNegativeCache),
        PositiveExpireTime = parameters.Get(Parameters.AddressVerifyPositiveExpireTime),
        PositiveRefreshTime = parameters.Get(Parameters.AddressVerifyPositiveRefreshTime),
        NegativeExpireTime = parameters.Get(Parameters.AddressVerifyNegativeExpireTime),
        NegativeRefreshTime = parameters.Get(Parameters.AddressVerifyNegativeRefreshTime),
        ProbeFlags = MailClassFlags.Load(parameters, MailClasses.Verify),
        CleanupService = parameters.Get(Parameters.CleanupServiceName),
        CleanupInterval = parameters.Get(Parameters.AddressVerifyCacheCleanupInterval),
    };
}
