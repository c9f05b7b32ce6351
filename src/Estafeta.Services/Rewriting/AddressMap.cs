using Estafeta.Mail.Addresses;
using Estafeta.Tables;
using Estafeta.Tables.Keys;

namespace Estafeta.Services.Rewriting;

/// <summary>The tables of one parameter with the key rules of canonical(5) and virtual(5): <see cref="AddressLookup"/> told which domains are local.</summary>
/// <param name="maps">The tables, asked in order for each key.</param>
/// <param name="extensions">How extensions are told apart.</param>
/// <param name="bareDomains">The domains whose users may stand without domain; null: keys are whole addresses only (transport(5)).</param>
public sealed class AddressMap(MapList maps, AddressExtension extensions, LocalDomains? bareDomains)
{
    private readonly AddressLookup _lookup = bareDomains == null
        ? new AddressLookup(maps, extensions, AddressForms.Whole | AddressForms.WithoutExtension)
        : new AddressLookup(maps, extensions) { IsLocalDomain = bareDomains.IsBareAsync };

    public bool IsEmpty => maps.IsEmpty;

    /// <summary>Address in internal form. The extension of the answer is what a match without extension left over.</summary>
    public ValueTask<AddressMatch> FindAsync(string address, CancellationToken cancellationToken) => _lookup.FindAsync(address, cancellationToken);
}
