using Estafeta.Mail.Addresses;
using Estafeta.Services.Rewriting;
using Estafeta.Tables.Keys;

namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_generic_maps (generic(5)): local addresses become ones the world knows, when mail leaves.</summary>
internal sealed class GenericAddresses(AddressMap map, bool propagatesExtensions)
{
    public bool IsEmpty => map.IsEmpty;

    /// <summary>Internal form in and out; the same address when nothing matches.</summary>
    public async ValueTask<string> MapAsync(string address, CancellationToken cancellationToken)
    {
        if (map.IsEmpty || address.Length == 0)
        {
            return address;
        }

        var match = await map.FindAsync(address, cancellationToken);
        return match.Result.IsTrouble ? throw new GenericMapException(address)
            : match.Result.IsFound ? Apply(match, address)
            : address;
    }

    private string Apply(AddressMatch match, string address)
    {
        var result = LocalPart.Unquote(match.Result.Value ?? "");
        var at = address.LastIndexOf('@');
        if (result.StartsWith('@') && at >= 0)
        {
            return address[..at] + result;
        }

        if (match.Extension.Length == 0 || !propagatesExtensions)
        {
            return result;
        }

        var resultAt = result.LastIndexOf('@');
        return resultAt < 0 ? result + match.Extension : result.Insert(resultAt, match.Extension);
    }
}
