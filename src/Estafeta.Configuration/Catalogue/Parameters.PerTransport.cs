namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TransportParameter TransportDeliverySlotCost = Add(new TransportParameter("<transport>_delivery_slot_cost", "$default_delivery_slot_cost"));
    public static readonly TransportParameter TransportDeliverySlotDiscount = Add(new TransportParameter("<transport>_delivery_slot_discount", "$default_delivery_slot_discount"));
    public static readonly TransportParameter TransportDeliverySlotLoan = Add(new TransportParameter("<transport>_delivery_slot_loan", "$default_delivery_slot_loan"));
    public static readonly TransportParameter TransportDestinationConcurrencyFailedCohortLimit = Add(new TransportParameter("<transport>_destination_concurrency_failed_cohort_limit", "$default_destination_concurrency_failed_cohort_limit"));
    public static readonly TransportParameter TransportDestinationConcurrencyLimit = Add(new TransportParameter("<transport>_destination_concurrency_limit", "$default_destination_concurrency_limit"));
    public static readonly TransportParameter TransportDestinationConcurrencyNegativeFeedback = Add(new TransportParameter("<transport>_destination_concurrency_negative_feedback", "$default_destination_concurrency_negative_feedback"));
    public static readonly TransportParameter TransportDestinationConcurrencyPositiveFeedback = Add(new TransportParameter("<transport>_destination_concurrency_positive_feedback", "$default_destination_concurrency_positive_feedback"));
    public static readonly TransportParameter TransportDestinationRateDelay = Add(new TransportParameter("<transport>_destination_rate_delay", "$default_destination_rate_delay"));
    public static readonly TransportParameter TransportDestinationRecipientLimit = Add(new TransportParameter("<transport>_destination_recipient_limit", "$default_destination_recipient_limit"));
    public static readonly TransportParameter TransportExtraRecipientLimit = Add(new TransportParameter("<transport>_extra_recipient_limit", "$default_extra_recipient_limit"));
    public static readonly TransportParameter TransportInitialDestinationConcurrency = Add(new TransportParameter("<transport>_initial_destination_concurrency", "$initial_destination_concurrency"));
    public static readonly TransportParameter TransportMinimumDeliverySlots = Add(new TransportParameter("<transport>_minimum_delivery_slots", "$default_minimum_delivery_slots"));
    public static readonly TransportParameter TransportRecipientLimit = Add(new TransportParameter("<transport>_recipient_limit", "$default_recipient_limit"));
    public static readonly TransportParameter TransportRecipientRefillDelay = Add(new TransportParameter("<transport>_recipient_refill_delay", "$default_recipient_refill_delay"));
    public static readonly TransportParameter TransportRecipientRefillLimit = Add(new TransportParameter("<transport>_recipient_refill_limit", "$default_recipient_refill_limit"));
    public static readonly TransportParameter TransportTimeLimit = Add(new TransportParameter("<transport>_time_limit", "$command_time_limit"));
    public static readonly TransportParameter TransportTransportRateDelay = Add(new TransportParameter("<transport>_transport_rate_delay", "$default_transport_rate_delay"));
}
