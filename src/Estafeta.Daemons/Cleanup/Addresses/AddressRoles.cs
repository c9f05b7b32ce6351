using Estafeta.Configuration;
using Estafeta.Configuration.Lists;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Where an address stands: what canonical_classes, sender_canonical_classes and masquerade_classes choose among.</summary>
[Flags]
public enum AddressRoles
{
    None = 0,
    EnvelopeSender = 1,
    EnvelopeRecipient = 2,
    HeaderSender = 4,
    HeaderRecipient = 8,
}

internal static class AddressRolesParser
{
    public static AddressRoles Parse(string parameterName, string value)
    {
        var roles = AddressRoles.None;
        foreach (var word in WordList.Split(value))
        {
            roles |= word.ToLowerInvariant() switch
            {
                "envelope_sender" => AddressRoles.EnvelopeSender,
                "envelope_recipient" => AddressRoles.EnvelopeRecipient,
                "header_sender" => AddressRoles.HeaderSender,
                "header_recipient" => AddressRoles.HeaderRecipient,
                _ => throw new ConfigurationException($"{parameterName}: unknown class: {word}"),
            };
        }

        return roles;
    }
}
