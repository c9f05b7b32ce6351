using System.Buffers;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;

namespace Estafeta.Tests.Queue.Storage;

public sealed class SegmentedLogStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Accept_ThenReopen_KeepsEnvelopeAndContent()
    {
        var id = StoreDirectory.NewId();
        var envelope = StoreDirectory.NewEnvelope() with
        {
            Sender = "",
            Client = new ClientIdentity { Name = "mail.example.org", Address = "192.0.2.1", Helo = "mail", Protocol = "ESMTP", IsLocal = true },
            DsnEnvelopeId = "",
            DsnReturn = DsnReturn.Headers,
            NeedsSmtpUtf8 = true,
            Trace = TraceRequest.Record,
            ContentFilter = "smtp:[127.0.0.1]:10025",
            Recipients =
            [
                new EnvelopeRecipient("jörg@example.com") { OriginalAddress = "jörg@example.com", Notify = DsnNotify.Success | DsnNotify.Delay },
                new EnvelopeRecipient("b@example.com") { OriginalAddress = "alias@example.com", DsnOriginalRecipient = "rfc822;x" },
                new EnvelopeRecipient("c d@example.com"),
            ],
            Attributes = [new("rewrite_context", "local"), new("empty", "")],
        };
        await using (var store = _directory.Open())
        {
            await StoreDirectory.AcceptAsync(store, id, "body\n", envelope, QueueName.Hold);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        var loaded = await again.LoadAsync(id, None);

        Assert.NotNull(loaded);
        Assert.Equivalent(envelope, loaded.Envelope, strict: true);
        Assert.Equal(QueueName.Hold, loaded.Queue);
        Assert.Equal(3, loaded.Outcomes.Count);
        Assert.Equal("body\n", await _directory.ReadBodyAsync(again, id));
    }

    [Fact]
    public async Task Load_BeforeRecoveryIsDone_FindsTheMessage()
    {
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, "body\n");
        }

        await using var again = _directory.Open();

        Assert.NotNull(await again.LoadAsync(id, None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(300_000)]
    public async Task Accept_BodyOfAnySize_ReadsBackAfterReopen(int octets)
    {
        var body = StoreDirectory.Text(octets);
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, body);
            Assert.Equal(body, await _directory.ReadBodyAsync(store, id));
        }

        await using var again = await _directory.OpenRecoveredAsync();
        Assert.Equal(body, await _directory.ReadBodyAsync(again, id));
    }

    [Fact]
    public async Task Remove_WhileContentIsOpen_KeepsTheBodyFileUntilDisposed()
    {
        await using var store = _directory.Open();
        var id = await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(100_000));
        var content = await store.OpenContentAsync(id, None);
        var path = Path.Combine(_directory.Path, content!.BodyPath!);
        store.Remove(id);
        await store.FlushAsync(None);
        Assert.True(File.Exists(path));

        content.Dispose();

        Assert.False(File.Exists(path));
        Assert.Null(await store.LoadAsync(id, None));
    }

    [Fact]
    public async Task Outcomes_AfterReopen_LatestOfEachRecipientHolds()
    {
        var deferred = DeliveryStatus.Deferred("4.4.1", "connect to example.com: timed out") with { Relay = "none", RemoteMta = "example.com", DiagnosticType = "smtp" };
        var sent = DeliveryStatus.Sent("2.0.0", "250 OK") with { Relay = "mx[192.0.2.1]:25", SuccessWord = "relayed", Diagnostic = "250 OK" };
        var due = DateTimeOffset.FromUnixTimeSeconds(1_700_001_000);
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, "x", recipients: 3);
            store.RecordOutcomes(id, [new(0, deferred), new(1, deferred)]);
            store.Move(id, QueueName.Deferred, due);
            await store.FlushAsync(None);
            store.RecordOutcomes(id, [new(1, sent)]);
            store.Expire(id);
            Assert.Equal(sent, (await store.LoadAsync(id, None))!.Outcomes[1]);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        var loaded = await again.LoadAsync(id, None);

        Assert.Equal([deferred, sent, null], loaded!.Outcomes);
        Assert.True(loaded.IsForceExpired);
        Assert.Equal(QueueName.Deferred, loaded.Queue);
        Assert.Equal(due, again.FindEntry(id)!.Value.Due);
    }

    [Fact]
    public async Task Active_AfterReopen_IsIncoming()
    {
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, "x");
            store.Move(id, QueueName.Active, default);
            Assert.Equal(QueueName.Active, store.FindEntry(id)!.Value.Queue);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        Assert.Equal(QueueName.Incoming, again.FindEntry(id)!.Value.Queue);
    }

    [Fact]
    public async Task Open_SecondTime_IsRefused()
    {
        await using var store = _directory.Open();

        Assert.Throws<StoreUnavailableException>(_directory.Open);
    }

    [Fact]
    public async Task Accept_SameQueueIdTwice_IsRefused()
    {
        await using var store = _directory.Open();
        var id = await StoreDirectory.AcceptAsync(store, "first");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => StoreDirectory.AcceptAsync(store, id, "second", StoreDirectory.NewEnvelope()));

        Assert.Equal("first", await _directory.ReadBodyAsync(store, id));
    }

    [Fact]
    public async Task Dispose_WithoutAccept_RemovesTheSpillFile()
    {
        await using var store = _directory.Open();
        await using (var content = store.CreateContent(StoreDirectory.NewId()))
        {
            await content.WriteBodyAsync(new byte[100_000], None);
            Assert.NotEmpty(Directory.GetFiles(Path.Combine(_directory.Path, "store/bodies")));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(_directory.Path, "store/bodies")));
    }

    [Fact]
    public async Task OpenBody_WhileReceiving_GivesWhatWasWritten()
    {
        await using var store = _directory.Open();
        await using var content = store.CreateContent(StoreDirectory.NewId());
        foreach (var size in new[] { 10, 20_000, 100_000 })
        {
            content.ResetBody();
            var octets = new byte[size];
            Random.Shared.NextBytes(octets);
            await content.WriteBodyAsync(octets, None);
            using var copy = new MemoryStream();
            await using var body = content.OpenBody();
            await body.CopyToAsync(copy, None);
            Assert.Equal(octets, copy.ToArray());
        }
    }

    [Fact]
    public async Task Accept_ManyAtOnce_AllAreThereAfterReopen()
    {
        var ids = new List<QueueId>();
        await using (var store = _directory.Open())
        {
            var accepts = Enumerable.Range(0, 300).Select(i => StoreDirectory.AcceptAsync(store, StoreDirectory.Text(i * 7, i))).ToList();
            ids.AddRange(await Task.WhenAll(accepts));
            Assert.Equal(300, store.Entries.Count());
        }

        await using var again = await _directory.OpenRecoveredAsync();
        for (var i = 0; i < ids.Count; i++)
        {
            Assert.Equal(StoreDirectory.Text(i * 7, i), await _directory.ReadBodyAsync(again, ids[i]));
        }

        Assert.Empty(_directory.Warnings);
    }

    [Fact]
    public async Task Accept_RecordBiggerThanASegment_GetsOneOfItsOwn()
    {
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, "x", recipients: 10_000);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        Assert.Equal(10_000, (await again.LoadAsync(id, None))!.Envelope.Recipients.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(100_000)]
    public async Task TakeContent_AfterAccept_GivesTheContentWithoutReading(int octets)
    {
        await using var store = _directory.Open();
        var id = StoreDirectory.NewId();
        var content = store.CreateContent(id);
        content.Head.Write("A: b\n\n"u8);
        await content.WriteBodyAsync(Encoding.ASCII.GetBytes(StoreDirectory.Text(octets)), None);
        await store.AcceptAsync(id, StoreDirectory.NewEnvelope(), content, QueueName.Incoming, None);
        using var taken = content.TakeContent();
        await content.DisposeAsync();
        store.Remove(id);
        await store.FlushAsync(None);

        Assert.Equal("A: b\n\n"u8, taken.Head.Span);
        Assert.Equal(octets, taken.BodyOctets);
        var body = taken.BodyPath == null
            ? Encoding.ASCII.GetString(taken.Body.Span)
            : await File.ReadAllTextAsync(Path.Combine(_directory.Path, taken.BodyPath), None);
        Assert.Equal(StoreDirectory.Text(octets), body);
    }
}
