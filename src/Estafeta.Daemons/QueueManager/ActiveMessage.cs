using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// A message in the active queue: what is to be done with it and what has become of its recipients in this attempt. Recipients that
/// were finished in an earlier attempt are not looked at again.
/// </summary>
internal sealed class ActiveMessage(QueuedMessage message, DateTimeOffset activeTime, bool isFlush) : ScheduledMessage
{
    private readonly DeliveryStatus?[] _statuses = new DeliveryStatus?[message.Envelope.Recipients.Count];
    private readonly List<int> _order = new(Math.Min(message.Envelope.Recipients.Count, 4));
    private Dictionary<int, string>? _addresses;
    private int _recorded;

    public QueueId Id => message.Id;

    public string IdText { get; } = message.Id.ToString();

    public QueuedMessage Message => message;

    public Envelope Envelope => message.Envelope;

    public DateTimeOffset ActiveTime => activeTime;

    /// <summary>Somebody asked for this attempt: defer_transports does not hold it back.</summary>
    public bool IsFlush => isFlush;

    /// <summary>Content from memory; null when each delivery reads it from the store.</summary>
    public StoredContent? Content { get; set; }

    /// <summary>Recipients scheduled or under delivery. Changed under the active queue's lock.</summary>
    public int Open { get; set; }

    /// <summary>The next recipient to be scheduled. Changed by the one who routes.</summary>
    public int NextRecipient { get; set; }

    /// <summary>It is being routed: nobody else may finish it. Changed under the active queue's lock.</summary>
    public bool IsRouting { get; set; }

    /// <summary>Its attempt is over and being summed up. Changed under the active queue's lock.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>postsuper -d or -h came while it was active. Changed under the active queue's lock.</summary>
    public Withdrawal Withdrawal { get; set; }

    /// <summary>Whether the recipient has to be delivered in this attempt.</summary>
    public bool IsToDo(int recipient) => message.Outcomes[recipient] is not { IsFinal: true };

    /// <summary>Where the recipient is delivered, when that is not its own address.</summary>
    public void SetAddress(int recipient, string address)
    {
        if (address != Envelope.Recipients[recipient].Address)
        {
            lock (_order)
            {
                (_addresses ??= []).Add(recipient, address);
            }
        }
    }

    public void Report(int recipient, DeliveryStatus status)
    {
        lock (_order)
        {
            if (_statuses[recipient] == null)
            {
                _order.Add(recipient);
            }

            _statuses[recipient] = status;
        }
    }

    /// <summary>Results that came since the last call.</summary>
    public List<(int Recipient, DeliveryStatus Status)> NewResults()
    {
        lock (_order)
        {
            var results = new List<(int, DeliveryStatus)>(_order.Count - _recorded);
            for (; _recorded < _order.Count; _recorded++)
            {
                var recipient = _order[_recorded];
                results.Add((recipient, _statuses[recipient]!)); // in the order list because it has a status
            }

            return results;
        }
    }

    public bool IsReported(int recipient)
    {
        lock (_order)
        {
            return _statuses[recipient] != null;
        }
    }

    /// <summary>A message comes with failures cleanup found: they are results of this attempt, of which nobody has been told yet.</summary>
    public void ReportKnownFailures()
    {
        for (var i = 0; i < message.Outcomes.Count; i++)
        {
            if (message.Outcomes[i] is { Action: DeliveryAction.Bounced } failure)
            {
                Report(i, failure);
            }
        }
    }

    /// <summary>This attempt's results in the order they came.</summary>
    public List<(int Recipient, DeliveryStatus Status)> Results()
    {
        lock (_order)
        {
            var results = new List<(int, DeliveryStatus)>(_order.Count);
            foreach (var recipient in _order)
            {
                results.Add((recipient, _statuses[recipient]!)); // in the order list because it has a status
            }

            return results;
        }
    }

    public RecipientReport ReportOf(int recipient, DeliveryStatus status) => new(
        Envelope.Recipients[recipient],
        _addresses != null && _addresses.TryGetValue(recipient, out var address) ? address : Envelope.Recipients[recipient].Address,
        status);

    /// <summary>The same, with every member of an alias.</summary>
    public IEnumerable<RecipientReport> ReportsOf(int recipient, DeliveryStatus status)
    {
        if (status.Parts == null)
        {
            return [ReportOf(recipient, status)];
        }

        var envelope = Envelope.Recipients[recipient];
        return status.Parts.Select(p => new RecipientReport(
            p.OriginalAddress.Length > 0 ? envelope with { OriginalAddress = p.OriginalAddress } : envelope, p.Address, p.Status));
    }
}

internal enum Withdrawal
{
    None,
    Hold,
    Requeue,
    Delete,
}
