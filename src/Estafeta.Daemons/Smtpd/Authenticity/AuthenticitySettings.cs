using Estafeta.Authentication;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtpd.Authenticity;

/// <summary>What a service checks about where mail comes from, and what it does about it.</summary>
internal sealed record AuthenticitySettings
{
    public required AuthenticationMethods Methods { get; init; }

    /// <summary>estafeta_spf = enforce.</summary>
    public bool EnforcesSpf { get; init; }

    /// <summary>estafeta_dmarc = enforce.</summary>
    public bool EnforcesDmarc { get; init; }

    /// <summary>estafeta_dmarc_quarantine_action = hold.</summary>
    public bool HoldsQuarantined { get; init; }

    public required string AuthservId { get; init; }

    public required string Myhostname { get; init; }

    public required string PublicSuffixList { get; init; }

    public bool AddsReceivedSpf { get; init; }

    /// <summary>estafeta_arc_seal_key is set: cleanup wants to know the results.</summary>
    public bool Seals { get; init; }

    /// <summary>For services that take no mail from strangers.</summary>
    public static KeyValuePair<string, string>[] Off { get; } =
    [
        new(Parameters.EstafetaSpf.Name, "no"),
        new(Parameters.EstafetaDkimVerify.Name, "no"),
        new(Parameters.EstafetaDmarc.Name, "no"),
        new(Parameters.EstafetaArcVerify.Name, "no"),
        new(Parameters.EstafetaArcSealKey.Name, ""),
    ];

    public static AuthenticitySettings Read(ParameterSet parameters)
    {
        var spf = ReadMode(parameters, Parameters.EstafetaSpf);
        var dmarc = ReadMode(parameters, Parameters.EstafetaDmarc);
        var seals = parameters.Get(Parameters.EstafetaArcSealKey).Length > 0;
        return new AuthenticitySettings
        {
            Methods = new AuthenticationMethods(
                spf != Mode.No, parameters.Get(Parameters.EstafetaDkimVerify), dmarc != Mode.No, seals || parameters.Get(Parameters.EstafetaArcVerify))
            {
                AllowsPartialBody = parameters.Get(Parameters.EstafetaDkimAllowBodyLength),
            },
            EnforcesSpf = spf == Mode.Enforce,
            EnforcesDmarc = dmarc == Mode.Enforce,
            HoldsQuarantined = parameters.Get(Parameters.EstafetaDmarcQuarantineAction).ToLowerInvariant() switch
            {
                "none" => false,
                "hold" => true,
                var other => throw Bad(Parameters.EstafetaDmarcQuarantineAction, other),
            },
            AuthservId = parameters.Get(Parameters.EstafetaAuthservId),
            Myhostname = parameters.Get(Parameters.Myhostname),
            PublicSuffixList = parameters.Get(Parameters.EstafetaPublicSuffixList),
            AddsReceivedSpf = parameters.Get(Parameters.EstafetaReceivedSpf),
            Seals = seals,
        };
    }

    private static Mode ReadMode(ParameterSet parameters, StringParameter parameter) => parameters.Get(parameter).ToLowerInvariant() switch
    {
        "no" => Mode.No,
        "add_header" or "yes" => Mode.AddHeader,
        "enforce" => Mode.Enforce,
        var other => throw Bad(parameter, other),
    };

    private static ConfigurationException Bad(StringParameter parameter, string value) => new($"bad parameter value: '{parameter.Name} = {value}'");

    private enum Mode
    {
        No,
        AddHeader,
        Enforce,
    }
}
