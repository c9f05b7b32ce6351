using System.Buffers;
using System.Globalization;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

// The victim of the kill tests: works on a queue store as hard as it can and tells on standard output what it did.
// Usage: Estafeta.StoreWriter <queue directory> <seed>
//   A <queue id> <octets> <seed>   the message is acknowledged; its body is made from octets and seed
//   R <queue id>                   about to be removed
//   F <queue id>                   its removal is on disk
var directory = args[0];
var seed = int.Parse(args[1], CultureInfo.InvariantCulture);
var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
var options = new StoreOptions
{
    QueueDirectory = directory,
    SegmentOctets = 512 * 1024,
    JournalOctets = 64 * 1024,
    InlineBodyOctets = 32 * 1024,
    BatchOctets = 128 * 1024,
    OutcomeDelay = TimeSpan.FromMilliseconds(2),
    OutcomeSyncInterval = TimeSpan.FromMilliseconds(20),
    MaintenanceInterval = TimeSpan.FromMilliseconds(5),
    CompactionAge = TimeSpan.FromMilliseconds(10),
    Warn = text => Say($"W {text}"),
};
await using var store = SegmentedLogStore.Open(options);
await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => WorkAsync(new Random(seed * 100 + i), (uint)(seed * 100 + i)))));
return;

void Say(string line)
{
    lock (output)
    {
        output.WriteLine(line);
    }
}

async Task WorkAsync(Random random, uint number)
{
    var live = new List<QueueId>();
    for (var i = 0; ; i++)
    {
        var octets = random.Next(40) == 0 ? random.Next(32_000, 200_000) : random.Next(100, 20_000);
        var id = new QueueId(1_700_000_000 + i, i % 1_000_000, number);
        var bodySeed = random.Next();
        await using (var content = store.CreateContent(id))
        {
            content.Head.Write("Subject: kill\n\n"u8);
            await content.WriteBodyAsync(Body(octets, bodySeed), CancellationToken.None);
            var envelope = new Envelope { Recipients = [new EnvelopeRecipient("user@example.com")], ArrivalTime = TimeProvider.System.GetUtcNow() };
            await store.AcceptAsync(id, envelope, content, QueueName.Incoming, CancellationToken.None);
        }

        Say($"A {id} {octets} {bodySeed}");
        live.Add(id);
        await ChangeAsync(random, live);
    }
}

async Task ChangeAsync(Random random, List<QueueId> live)
{
    var id = live[random.Next(live.Count)];
    store.RecordOutcomes(id, [new RecipientOutcome(0, DeliveryStatus.Deferred("4.0.0", "later"))]);
    store.Move(id, QueueName.Deferred, TimeProvider.System.GetUtcNow());
    if (live.Count > random.Next(40))
    {
        id = live[random.Next(live.Count)];
        live.Remove(id);
        Say($"R {id}");
        store.Remove(id);
        if (random.Next(50) == 0)
        {
            await store.FlushAsync(CancellationToken.None);
            Say($"F {id}");
        }
    }
}

static byte[] Body(int octets, int seed)
{
    var body = new byte[octets];
    new Random(seed).NextBytes(body);
    return body;
}
