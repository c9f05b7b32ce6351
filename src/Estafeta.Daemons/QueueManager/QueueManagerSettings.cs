using System.Collections.Frozen;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Queue.Scheduling;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>qmgr(8)'s parameters beside those of each transport.</summary>
public sealed record QueueManagerSettings
{
    public RetrySchedule Retry { get; init; } = new();

    public SchedulerLimits Limits { get; init; } = new();

    /// <summary>qmgr_message_active_limit.</summary>
    public int ActiveMessageLimit { get; init; } = 20000;

    /// <summary>qmgr_message_recipient_limit: recipients scheduled at once over all messages.</summary>
    public int RecipientLimit { get; init; } = 20000;

    /// <summary>qmgr_message_recipient_minimum: recipients any message may have scheduled whatever the limit.</summary>
    public int RecipientMinimum { get; init; } = 10;

    public TimeSpan QueueRunDelay { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>defer_transports: wait for a flush.</summary>
    public FrozenSet<string> DeferTransports { get; init; } = [];

    /// <summary>default_filter_nexthop; empty is the recipient's domain.</summary>
    public string DefaultFilterNexthop { get; init; } = "";

    /// <summary>double_bounce_sender: mail to this local user ends here.</summary>
    public string DoubleBounceSender { get; init; } = "double-bounce";

    /// <summary>delay_logging_resolution_limit.</summary>
    public int DelayResolution { get; init; } = 2;

    /// <summary>info_log_address_format.</summary>
    public LoggedAddressForm Addresses { get; init; }

    public bool SoftBounce { get; init; }

    /// <summary>Zero is never.</summary>
    public TimeSpan DelayWarningTime { get; init; }

    public bool ConfirmDelayCleared { get; init; }

    public TimeSpan ClogWarnTime { get; init; } = TimeSpan.FromSeconds(300);

    public bool HelpfulWarnings { get; init; } = true;

    /// <summary>address_verify_pending_request_limit: probes in the active queue.</summary>
    public int ProbeLimit { get; init; } = 5000;

    /// <summary>destination_concurrency_feedback_debug.</summary>
    public bool HasFeedbackDebug { get; init; }

    public static QueueManagerSettings Read(ParameterSet parameters, Action<string> warn)
    {
        return new QueueManagerSettings
        {
            Retry = RetrySchedule.Read(parameters, warn),
            Limits = new SchedulerLimits
            {
                DeadDestinationTime = parameters.Get(Parameters.MinimalBackoffTime),
                TransportRetryTime = parameters.Get(Parameters.TransportRetryTime),
                DeadDestinationLimit = parameters.Get(Parameters.QmgrMessageRecipientLimit),
            },
            ActiveMessageLimit = parameters.Get(Parameters.QmgrMessageActiveLimit),
            RecipientLimit = parameters.Get(Parameters.QmgrMessageRecipientLimit),
            RecipientMinimum = parameters.Get(Parameters.QmgrMessageRecipientMinimum),
            QueueRunDelay = parameters.Get(Parameters.QueueRunDelay),
            DeferTransports = parameters.Get(Parameters.DeferTransports)
                .Split([' ', '\t', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal),
            DefaultFilterNexthop = parameters.Get(Parameters.DefaultFilterNexthop),
            DoubleBounceSender = parameters.Get(Parameters.DoubleBounceSender),
            DelayResolution = parameters.Get(Parameters.DelayLoggingResolutionLimit),
            Addresses = LoggedAddressForm.Load(parameters),
            SoftBounce = parameters.Get(Parameters.SoftBounce),
            DelayWarningTime = parameters.Get(Parameters.DelayWarningTime),
            ConfirmDelayCleared = parameters.Get(Parameters.ConfirmDelayCleared),
            ClogWarnTime = parameters.Get(Parameters.QmgrClogWarnTime),
            ProbeLimit = parameters.Get(Parameters.AddressVerifyPendingRequestLimit),
            HasFeedbackDebug = parameters.Get(Parameters.DestinationConcurrencyFeedbackDebug),
            HelpfulWarnings = parameters.Get(Parameters.HelpfulWarnings),
        };
    }
}
