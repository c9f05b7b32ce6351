namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter BounceQueueLifetime = Add(new TimeParameter("bounce_queue_lifetime", "5d") { Maximum = 8640000 });
    public static readonly BooleanParameter ConfirmDelayCleared = Add(new BooleanParameter("confirm_delay_cleared", "no"));
    public static readonly IntegerParameter DefaultDeliverySlotCost = Add(new IntegerParameter("default_delivery_slot_cost", "5"));
    public static readonly IntegerParameter DefaultDeliverySlotDiscount = Add(new IntegerParameter("default_delivery_slot_discount", "50") { Maximum = 100 });
    public static readonly IntegerParameter DefaultDeliverySlotLoan = Add(new IntegerParameter("default_delivery_slot_loan", "3"));
    public static readonly IntegerParameter DefaultDestinationConcurrencyFailedCohortLimit = Add(new IntegerParameter("default_destination_concurrency_failed_cohort_limit", "1"));
    public static readonly IntegerParameter DefaultDestinationConcurrencyLimit = Add(new IntegerParameter("default_destination_concurrency_limit", "20"));
    public static readonly StringParameter DefaultDestinationConcurrencyNegativeFeedback = Add(new StringParameter("default_destination_concurrency_negative_feedback", "1") { MinimumLength = 1 });
    public static readonly StringParameter DefaultDestinationConcurrencyPositiveFeedback = Add(new StringParameter("default_destination_concurrency_positive_feedback", "1") { MinimumLength = 1 });
    public static readonly TimeParameter DefaultDestinationRateDelay = Add(new TimeParameter("default_destination_rate_delay", "0s"));
    public static readonly IntegerParameter DefaultDestinationRecipientLimit = Add(new IntegerParameter("default_destination_recipient_limit", "50"));
    public static readonly IntegerParameter DefaultExtraRecipientLimit = Add(new IntegerParameter("default_extra_recipient_limit", "1000"));
    public static readonly StringParameter DefaultFilterNexthop = Add(new StringParameter("default_filter_nexthop", ""));
    public static readonly IntegerParameter DefaultMinimumDeliverySlots = Add(new IntegerParameter("default_minimum_delivery_slots", "3"));
    public static readonly IntegerParameter DefaultRecipientLimit = Add(new IntegerParameter("default_recipient_limit", "20000"));
    public static readonly TimeParameter DefaultRecipientRefillDelay = Add(new TimeParameter("default_recipient_refill_delay", "5s") { Minimum = 1 });
    public static readonly IntegerParameter DefaultRecipientRefillLimit = Add(new IntegerParameter("default_recipient_refill_limit", "100") { Minimum = 1 });
    public static readonly TimeParameter DefaultTransportRateDelay = Add(new TimeParameter("default_transport_rate_delay", "0s"));
    public static readonly StringParameter DeferTransports = Add(new StringParameter("defer_transports", ""));
    public static readonly BooleanParameter DestinationConcurrencyFeedbackDebug = Add(new BooleanParameter("destination_concurrency_feedback_debug", "no"));
    public static readonly IntegerParameter InitialDestinationConcurrency = Add(new IntegerParameter("initial_destination_concurrency", "5") { Minimum = 1 });
    public static readonly IntegerParameter LocalDestinationConcurrencyLimit = Add(new IntegerParameter("local_destination_concurrency_limit", "2") { Minimum = 0 });
    public static readonly IntegerParameter LocalDestinationRecipientLimit = Add(new IntegerParameter("local_destination_recipient_limit", "1") { Minimum = 0 });
    public static readonly TimeParameter MaximalBackoffTime = Add(new TimeParameter("maximal_backoff_time", "4000s") { Minimum = 1 });
    public static readonly TimeParameter QmgrClogWarnTime = Add(new TimeParameter("qmgr_clog_warn_time", "300s"));
    public static readonly TimeParameter QmgrDaemonTimeout = Add(new TimeParameter("qmgr_daemon_timeout", "1000s") { Minimum = 1 });
    public static readonly IntegerParameter QmgrFudgeFactor = Add(new IntegerParameter("qmgr_fudge_factor", "100") { Minimum = 10, Maximum = 100 });
    public static readonly TimeParameter QmgrIpcTimeout = Add(new TimeParameter("qmgr_ipc_timeout", "60s") { Minimum = 1 });
    public static readonly IntegerParameter QmgrMessageActiveLimit = Add(new IntegerParameter("qmgr_message_active_limit", "20000") { Minimum = 1 });
    public static readonly IntegerParameter QmgrMessageRecipientLimit = Add(new IntegerParameter("qmgr_message_recipient_limit", "20000") { Minimum = 1 });
    public static readonly IntegerParameter QmgrMessageRecipientMinimum = Add(new IntegerParameter("qmgr_message_recipient_minimum", "10") { Minimum = 1 });
    public static readonly StringParameter RelayDestinationConcurrencyLimit = Add(new StringParameter("relay_destination_concurrency_limit", "$default_destination_concurrency_limit") { IsBuiltin = false });
    public static readonly StringParameter RelayDestinationRecipientLimit = Add(new StringParameter("relay_destination_recipient_limit", "$default_destination_recipient_limit") { IsBuiltin = false });
    public static readonly TimeParameter TransportRetryTime = Add(new TimeParameter("transport_retry_time", "60s") { Minimum = 1 });
    public static readonly StringParameter VirtualDestinationConcurrencyLimit = Add(new StringParameter("virtual_destination_concurrency_limit", "$default_destination_concurrency_limit") { IsBuiltin = false });
    public static readonly StringParameter VirtualDestinationRecipientLimit = Add(new StringParameter("virtual_destination_recipient_limit", "$default_destination_recipient_limit") { IsBuiltin = false });
}
