using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;

namespace Estafeta.Services.Logging;

/// <summary>How log lines show an address (info_log_address_format): as it is written in mail, or without quotes.</summary>
public readonly record struct LoggedAddressForm(bool IsInternal)
{
    public static LoggedAddressForm Load(ParameterSet parameters) => new(parameters.Get(Parameters.InfoLogAddressFormat) == "internal");

    /// <param name="address">Internal form.</param>
    public string Of(string address) => IsInternal ? address : LocalPart.Quote(address);
}
