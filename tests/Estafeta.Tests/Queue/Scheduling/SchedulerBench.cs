using Estafeta.Mail.Dsn;
using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

/// <summary>A scheduler with transports made on the spot, messages known by a name, and deliveries that run until told.</summary>
internal sealed class SchedulerBench
{
    public static readonly DeliveryStatus Refused = DeliveryStatus.Deferred("4.4.1", "connect to mx: Connection refused");

    private readonly Dictionary<string, TransportSettings> _settings = [];

    public SchedulerBench(params TransportSettings[] transports)
    {
        foreach (var transport in transports)
        {
            _settings[transport.Name] = transport;
        }

        Scheduler = new DeliveryScheduler(
            name => _settings.GetValueOrDefault(name) ?? new TransportSettings { Name = name },
            Time);
    }

    public ManualTime Time { get; } = new();

    public DeliveryScheduler Scheduler { get; }

    public List<DeliveryEntry> Running { get; } = [];

    public TestMessage Add(string name, params string[] routes)
    {
        var message = new TestMessage(name);
        AddTo(message, routes);
        return message;
    }

    /// <param name="routes"><c>transport:nexthop</c> or <c>transport:nexthop:user</c>, or with <c>*n</c> behind for n recipients.</param>
    public void AddTo(TestMessage message, params string[] routes)
    {
        var recipients = new List<RoutedRecipient>();
        foreach (var route in routes)
        {
            var star = route.IndexOf('*', StringComparison.Ordinal);
            var count = star < 0 ? 1 : int.Parse(route[(star + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            var part = (star < 0 ? route : route[..star]).Split(':');
            for (var i = 0; i < count; i++)
            {
                var index = message.Recipients++;
                recipients.Add(new RoutedRecipient(index, part[0], part[1], (part.Length > 2 ? part[2] : $"user{index}") + "@" + part[1]));
            }
        }

        Scheduler.Add(message, recipients);
    }

    /// <summary>Starts what can be started; names of the messages in order.</summary>
    public string Start(int most = int.MaxValue)
    {
        var names = new List<string>();
        while (names.Count < most && Scheduler.TryTake(out var entry))
        {
            Running.Add(entry);
            names.Add(((TestMessage)entry.Message).Name);
        }

        return string.Concat(names);
    }

    public void Finish(DeliveryEntry entry, bool good = true)
    {
        Assert.True(Running.Remove(entry));
        Scheduler.Finished(entry, good ? null : Refused);
    }

    public void FinishAll(bool good = true)
    {
        foreach (var entry in Running.ToArray())
        {
            Finish(entry, good);
        }
    }

    /// <summary>One delivery at a time until nothing is left: the order of the messages' entries.</summary>
    public string RunOneByOne(int most = 10_000)
    {
        var order = new System.Text.StringBuilder();
        for (var i = 0; i < most; i++)
        {
            var name = Start(1);
            if (name.Length == 0)
            {
                break;
            }

            order.Append(name);
            FinishAll();
        }

        return order.ToString();
    }

    public string Suspended()
    {
        var names = new List<string>();
        while (Scheduler.TryTakeSuspended(out var entry))
        {
            Assert.NotNull(entry.Suspended);
            names.Add(((TestMessage)entry.Message).Name);
        }

        return string.Concat(names);
    }

    internal sealed class TestMessage(string name) : ScheduledMessage
    {
        public string Name { get; } = name;

        public int Recipients { get; set; }
    }
}
