using Estafeta.Configuration;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.Cleaning;

/// <summary>receive_override_options: what a receiving service tells cleanup to leave undone.</summary>
public static class ReceiveOverrides
{
    public static CleanupFlags Parse(string parameterName, string value)
    {
        var flags = CleanupFlags.None;
        foreach (var word in WordList.Split(value))
        {
            flags |= word.ToLowerInvariant() switch
            {
                "no_unknown_recipient_checks" => CleanupFlags.NoUnknownRecipientChecks,
                "no_address_mappings" => CleanupFlags.NoAddressMapping,
                "no_header_body_checks" => CleanupFlags.NoHeaderBodyChecks,
                "no_milters" => CleanupFlags.NoMilters,
                _ => throw new ConfigurationException($"unknown {parameterName} value \"{word}\" in \"{value}\""),
            };
        }

        return flags;
    }
}
