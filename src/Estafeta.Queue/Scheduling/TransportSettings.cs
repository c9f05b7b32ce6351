using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Queue.Scheduling;

/// <summary>The scheduler's parameters for one transport: the <c>&lt;transport&gt;_…</c> parameters, else the <c>default_…</c> ones.</summary>
public sealed record TransportSettings
{
    public required string Name { get; init; }

    /// <summary>Deliveries of the whole transport at once (maxproc in master.cf); 0 is no limit.</summary>
    public int ProcessLimit { get; init; }

    /// <summary>0 is no limit.</summary>
    public int ConcurrencyLimit { get; init; } = 20;

    public int InitialConcurrency { get; init; } = 5;

    public ConcurrencyFeedback PositiveFeedback { get; init; } = ConcurrencyFeedback.Constant(1);

    public ConcurrencyFeedback NegativeFeedback { get; init; } = ConcurrencyFeedback.Constant(1);

    /// <summary>Failed pseudo-cohorts until a destination is dead; 0 is never.</summary>
    public int FailedCohortLimit { get; init; } = 1;

    /// <summary>Recipients per delivery; 0 is no limit; with 1 a destination is a recipient, not a domain.</summary>
    public int RecipientLimit { get; init; } = 50;

    public TimeSpan DestinationRateDelay { get; init; }

    public TimeSpan TransportRateDelay { get; init; }

    /// <summary>Deliveries that earn one slot for others; 0 turns pre-emption off.</summary>
    public int SlotCost { get; init; } = 5;

    /// <summary>Percent of the slots needed that may be missing.</summary>
    public int SlotDiscount { get; init; } = 50;

    /// <summary>Slots that may be missing on top.</summary>
    public int SlotLoan { get; init; } = 3;

    public int MinimumSlots { get; init; } = 3;

    /// <summary>recipient_delimiter: with a recipient limit of 1, extensions do not make another destination.</summary>
    public string RecipientDelimiter { get; init; } = "";

    /// <summary>Recipients held at once.</summary>
    public int PoolLimit { get; init; } = 20000;

    /// <summary>More of them for messages that pre-empted others.</summary>
    public int ExtraPoolLimit { get; init; } = 1000;

    public int RefillLimit { get; init; } = 100;

    public TimeSpan RefillDelay { get; init; } = TimeSpan.FromSeconds(5);

    public static TransportSettings Read(ParameterSet parameters, string transport, int processLimit)
    {
        int Number(TransportParameter parameter) => parameters.GetInteger(parameter, transport);
        ConcurrencyFeedback Feedback(TransportParameter parameter) =>
            ConcurrencyFeedback.Parse(parameter.NameFor(transport), parameters.Get(parameter, transport));

        // local is the one transport whose parameters have defaults of their own.
        var isLocal = transport == "local";
        return new TransportSettings
        {
            Name = transport,
            ProcessLimit = processLimit,
            ConcurrencyLimit = isLocal
                ? parameters.Get(Parameters.LocalDestinationConcurrencyLimit)
                : Number(Parameters.TransportDestinationConcurrencyLimit),
            RecipientLimit = isLocal
                ? parameters.Get(Parameters.LocalDestinationRecipientLimit)
                : Number(Parameters.TransportDestinationRecipientLimit),
            InitialConcurrency = Math.Max(1, Number(Parameters.TransportInitialDestinationConcurrency)),
            PositiveFeedback = Feedback(Parameters.TransportDestinationConcurrencyPositiveFeedback),
            NegativeFeedback = Feedback(Parameters.TransportDestinationConcurrencyNegativeFeedback),
            FailedCohortLimit = Number(Parameters.TransportDestinationConcurrencyFailedCohortLimit),
            DestinationRateDelay = parameters.GetTime(Parameters.TransportDestinationRateDelay, transport),
            TransportRateDelay = parameters.GetTime(Parameters.TransportTransportRateDelay, transport),
            SlotCost = Number(Parameters.TransportDeliverySlotCost) switch
            {
                1 => 2, // every slot free would be no order at all
                var cost => cost,
            },
            SlotDiscount = Number(Parameters.TransportDeliverySlotDiscount),
            SlotLoan = Number(Parameters.TransportDeliverySlotLoan),
            MinimumSlots = Number(Parameters.TransportMinimumDeliverySlots),
            RecipientDelimiter = parameters.Get(Parameters.RecipientDelimiter),
            PoolLimit = Number(Parameters.TransportRecipientLimit),
            ExtraPoolLimit = Number(Parameters.TransportExtraRecipientLimit),
            RefillLimit = Math.Max(1, Number(Parameters.TransportRecipientRefillLimit)),
            RefillDelay = parameters.GetTime(Parameters.TransportRecipientRefillDelay, transport),
        };
    }
}
