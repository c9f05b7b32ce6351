using System.Globalization;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Pickup;

/// <summary>What pickup(8) reads from main.cf and its master.cf entry's -o options.</summary>
public sealed record PickupSettings
{
    public required string Myhostname { get; init; }

    public string MailName { get; init; } = "Postfix";

    /// <summary>Relative to the queue directory, where the process lives.</summary>
    public string Directory { get; init; } = "maildrop";

    public string CleanupServiceName { get; init; } = "cleanup";

    public string? ContentFilter { get; init; }

    /// <summary>receive_override_options.</summary>
    public CleanupFlags Overrides { get; init; }

    /// <summary>info_log_address_format.</summary>
    public LoggedAddressForm Addresses { get; init; }

    /// <summary>smtputf8_autodetect_classes.</summary>
    public CleanupFlags ClassFlags { get; init; }

    /// <summary>estafeta_dkim_sign.</summary>
    public SigningOrigins SigningOrigins { get; init; }

    public static PickupSettings Load(ParameterSet parameters)
    {
        var filter = parameters.Get(Parameters.ContentFilter);
        return new PickupSettings
        {
            Myhostname = parameters.Get(Parameters.Myhostname),
            MailName = parameters.Get(Parameters.MailName),
            CleanupServiceName = parameters.Get(Parameters.CleanupServiceName),
            ContentFilter = filter.Length > 0 ? filter : null,
            Overrides = ReceiveOverrides.Parse(Parameters.ReceiveOverrideOptions.Name, parameters.Get(Parameters.ReceiveOverrideOptions)),
            Addresses = LoggedAddressForm.Load(parameters),
            ClassFlags = MailClassFlags.Load(parameters, MailClasses.Sendmail),
            SigningOrigins = SigningOriginWords.Load(parameters),
        };
    }

    /// <summary>What pickup puts before the content.</summary>
    public byte[] ReceivedHeader(QueueId id, uint uid, TimeProvider time) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"Received: by {Myhostname} ({MailName}, from userid {uid})\n")
        + $"\tid {id}; {MailDate.Format(time.GetUtcNow(), time.LocalTimeZone)}\n");
}
