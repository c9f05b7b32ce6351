using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup;

/// <summary>The address tables of a cleanup service.</summary>
public sealed class CleanupTables
{
    public required AddressMap Canonical { get; init; }

    public required AddressMap SenderCanonical { get; init; }

    public required AddressMap RecipientCanonical { get; init; }

    public required AddressMap VirtualAlias { get; init; }

    public required AddressMap SenderBcc { get; init; }

    public required AddressMap RecipientBcc { get; init; }

    public required AddressRoles CanonicalRoles { get; init; }

    public required AddressRoles SenderCanonicalRoles { get; init; }

    public required AddressRoles RecipientCanonicalRoles { get; init; }

    public required Masquerade Masquerade { get; init; }

    public static CleanupTables Open(ParameterSet parameters, TableSet tables, LocalDomains localDomains)
    {
        var extensions = AddressExtensions.Load(parameters);
        return new CleanupTables
        {
            Canonical = Open(Parameters.CanonicalMaps),
            SenderCanonical = Open(Parameters.SenderCanonicalMaps),
            RecipientCanonical = Open(Parameters.RecipientCanonicalMaps),
            VirtualAlias = Open(Parameters.VirtualAliasMaps),
            SenderBcc = Open(Parameters.SenderBccMaps),
            RecipientBcc = Open(Parameters.RecipientBccMaps),
            CanonicalRoles = Roles(Parameters.CanonicalClasses),
            SenderCanonicalRoles = Roles(Parameters.SenderCanonicalClasses),
            RecipientCanonicalRoles = Roles(Parameters.RecipientCanonicalClasses),
            Masquerade = Masquerade.Load(parameters),
        };

        AddressMap Open(StringParameter parameter) =>
            new(tables.OpenList(parameter.Name, parameters.Get(parameter)), extensions, localDomains);
        AddressRoles Roles(StringParameter parameter) => AddressRolesParser.Parse(parameter.Name, parameters.Get(parameter));
    }
}
