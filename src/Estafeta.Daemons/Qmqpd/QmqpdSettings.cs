using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>What qmqpd(8) reads from main.cf and its master.cf entry's -o options.</summary>
internal sealed record QmqpdSettings
{
    public required string Myhostname { get; init; }

    public required string MailName { get; init; }

    public required string CleanupServiceName { get; init; }

    /// <summary>content_filter; null for none.</summary>
    public required string? ContentFilter { get; init; }

    /// <summary>message_size_limit, of the content; 0 is none.</summary>
    public required long MessageSizeLimit { get; init; }

    /// <summary>line_length_limit: what an address may have at most.</summary>
    public required int AddressLimit { get; init; }

    /// <summary>qmqpd_timeout: for each read and write.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>qmqpd_error_delay: before a refusal.</summary>
    public required TimeSpan ErrorDelay { get; init; }

    /// <summary>qmqpd_client_port_logging.</summary>
    public required bool LogsClientPort { get; init; }

    /// <summary>soft_bounce: refusals are temporary.</summary>
    public required bool SoftBounce { get; init; }

    public required string VerpDelimiterFilter { get; init; }

    public required CleanupFlags CleanupFlags { get; init; }

    public static QmqpdSettings Read(ParameterSet parameters)
    {
        var filter = parameters.Get(Parameters.ContentFilter);
        return new QmqpdSettings
        {
            Myhostname = parameters.Get(Parameters.Myhostname),
            MailName = parameters.Get(Parameters.MailName),
            CleanupServiceName = parameters.Get(Parameters.CleanupServiceName),
            ContentFilter = filter.Length > 0 ? filter : null,
            MessageSizeLimit = parameters.Get(Parameters.MessageSizeLimit),
            AddressLimit = parameters.Get(Parameters.LineLengthLimit),
            Timeout = parameters.Get(Parameters.QmqpdTimeout),
            ErrorDelay = parameters.Get(Parameters.QmqpdErrorDelay),
            LogsClientPort = parameters.Get(Parameters.QmqpdClientPortLogging),
            SoftBounce = parameters.Get(Parameters.SoftBounce),
            VerpDelimiterFilter = parameters.Get(Parameters.VerpDelimiterFilter),
            CleanupFlags = ReceiveOverrides.Parse(Parameters.ReceiveOverrideOptions.Name, parameters.Get(Parameters.ReceiveOverrideOptions))
                | MailClassFlags.Load(parameters, MailClasses.Qmqpd)
                | SigningOriginWords.Load(parameters).FlagFor(SigningOrigins.Sendmail),
        };
    }
}
