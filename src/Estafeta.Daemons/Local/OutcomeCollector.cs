using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Local;

/// <summary>
/// The outcomes of one recipient: an alias has many, each with its own log line, and the queue manager wants one. Temporary trouble
/// anywhere means the recipient is tried again, as a whole; the sender hears after each attempt of every member that failed in it.
/// </summary>
public sealed class OutcomeCollector(DeliveryRequest request, DeliveryRecipient recipient, OutcomeRecorder recorder, DateTimeOffset started)
{
    // Of a list that fails as a whole nobody reads more.
    private const int MaxParts = 1000;

    private readonly List<DeliveryPart> _parts = [];
    private int _successes;
    private int _failures;
    private DeliveryStatus? _worst;

    public DeliveryRequest Request => request;

    /// <summary>Nothing is to be delivered, only found out: address verification, <c>sendmail -bv</c>.</summary>
    public bool IsVerifyOnly => request.IsProbe || request.Trace == TraceRequest.VerifyOnly;

    public bool HasTemporaryFailure => _worst?.Action == DeliveryAction.Deferred;

    /// <summary>One alias expanded to nothing is done with.</summary>
    public DeliveryStatus Combined() => _worst switch
    {
        null => DeliveryStatus.Sent("2.0.0", "expanded to no recipients"),
        _ when _parts is [] || (_parts is [var only] && only.Address == recipient.Address) => _worst,
        _ => _worst with { Parts = _parts },
    };

    /// <param name="address">What the log calls the recipient: the request's, or an address found on the way.</param>
    public async ValueTask AddAsync(Expansion expansion, string address, DeliveryStatus status, CancellationToken cancellationToken)
    {
        var member = expansion.Recipient with { Address = address, OriginalAddress = expansion.Original };
        await recorder.RecordAsync(
            request,
            member,
            status.Relay == "none" ? status with { Relay = "local" } : status,
            started,
            null,
            (_, final) =>
            {
                Note(member.Address, member.OriginalAddress, final);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
    }

    public ValueTask AddAsync(Expansion expansion, DeliveryStatus status, CancellationToken cancellationToken) =>
        AddAsync(expansion, expansion.Address, status, cancellationToken);

    /// <summary>An outcome that another agent has logged.</summary>
    public void Note(string address, string original, DeliveryStatus status)
    {
        // So many successes must not hide a failure.
        ref var count = ref status.Action == DeliveryAction.Sent ? ref _successes : ref _failures;
        if (count < MaxParts)
        {
            count++;
            _parts.Add(new DeliveryPart(address, original, status));
        }

        if (_worst == null || Rank(status.Action) > Rank(_worst.Action))
        {
            _worst = status;
        }
    }

    private static int Rank(DeliveryAction action) => action switch
    {
        DeliveryAction.Deferred => 2,
        DeliveryAction.Bounced or DeliveryAction.Undeliverable => 1,
        _ => 0,
    };
}
