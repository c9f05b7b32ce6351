using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;

namespace Estafeta.Services.Rewriting;

/// <summary>The configured form of <see cref="AddressExtension"/>.</summary>
public static class AddressExtensions
{
    public static AddressExtension Load(ParameterSet parameters) => new(
        parameters.Get(Parameters.RecipientDelimiter),
        parameters.Get(Parameters.OwnerRequestSpecial),
        parameters.Get(Parameters.DoubleBounceSender));
}
