using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Services.Cleaning;

public class RemoteCleanupTests
{
    private static readonly CleanupRequest Request = new()
    {
        Sender = "sender@example.com",
        ArrivalTime = DateTimeOffset.UnixEpoch,
        Client = new ClientIdentity { Name = "client.example", Address = "192.0.2.1", Helo = "h", Protocol = "ESMTP", IsLocal = true },
        DsnEnvelopeId = "",
        DsnReturn = DsnReturn.Headers,
        Flags = CleanupFlags.Hold | CleanupFlags.NoMilters,
        Verp = "+=",
    };

    [Fact]
    public async Task Transaction_ArrivesAsItWasSent()
    {
        var fake = new RecordingCleanup();
        var endpoint = new CleanupEndpoint(fake, new QueueNumbers(), new MemoryMailLog(), TimeProvider.System);
        await using var server = new UnixServer(CleanupEndpoint.Protocol, endpoint.ServeAsync, endpoint.Greet);
        await using var cleanup = new RemoteCleanup(server.Path, longQueueIds: false, TimeProvider.System);
        var body = new string('x', 300_000);
        var ids = new HashSet<QueueId>();
        for (var i = 0; i < 3; i++)
        {
            await using var transaction = await cleanup.BeginAsync(Request, TestContext.Current.CancellationToken);
            transaction.AddRecipient(new EnvelopeRecipient("to@example.net") { OriginalAddress = "orig", Notify = DsnNotify.Failure, DsnOriginalRecipient = "rfc822;o@x" });
            transaction.AddEdit(new EnvelopeEdit(EnvelopeEditKind.Filter, "smtp:[filter]"));
            await transaction.WriteContentAsync(Encoding.ASCII.GetBytes("Subject: hi\n\n"), TestContext.Current.CancellationToken);
            await transaction.WriteContentAsync(Encoding.ASCII.GetBytes(body), TestContext.Current.CancellationToken);
            var result = await transaction.CommitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(new CleanupResult(CleanupOutcome.Rejected, "5.7.1 no"), result);
            var got = fake.Last!;
            Assert.Equal(Request with { QueueId = transaction.QueueId }, got.Request);
            Assert.Equal("to@example.net", got.Recipients.Single().Address);
            Assert.Equal("rfc822;o@x", got.Recipients.Single().DsnOriginalRecipient);
            Assert.Equal(new EnvelopeEdit(EnvelopeEditKind.Filter, "smtp:[filter]"), got.Edits.Single());
            Assert.Equal("Subject: hi\n\n" + body, got.Content.ToString());
            Assert.True(ids.Add(transaction.QueueId));
        }
    }

    [Fact]
    public async Task TooBig_IsCleanupsToRefuse()
    {
        var fake = new RecordingCleanup();
        var endpoint = new CleanupEndpoint(fake, new QueueNumbers(), new MemoryMailLog(), TimeProvider.System);
        await using var server = new UnixServer(CleanupEndpoint.Protocol, endpoint.ServeAsync, endpoint.Greet);
        await using var cleanup = new RemoteCleanup(server.Path, longQueueIds: false, TimeProvider.System);
        await using var transaction = await cleanup.BeginAsync(Request, TestContext.Current.CancellationToken);
        await transaction.WriteContentAsync("Subject: hi\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await transaction.RefuseAsTooBigAsync(TestContext.Current.CancellationToken);
        Assert.Equal([new EnvelopeEdit(EnvelopeEditKind.TooBig, "")], fake.Last!.Edits);
        Assert.True(fake.Last.IsCommitted);
    }

    [Fact]
    public async Task Dispose_WithoutCommit_CancelsTheTransaction()
    {
        var fake = new RecordingCleanup();
        var endpoint = new CleanupEndpoint(fake, new QueueNumbers(), new MemoryMailLog(), TimeProvider.System);
        await using (var server = new UnixServer(CleanupEndpoint.Protocol, endpoint.ServeAsync, endpoint.Greet))
        {
            await using var cleanup = new RemoteCleanup(server.Path, longQueueIds: true, TimeProvider.System);
            await using (var transaction = await cleanup.BeginAsync(Request, TestContext.Current.CancellationToken))
            {
                transaction.AddRecipient(new EnvelopeRecipient("to@example.net"));
            }

            await fake.Disposed.Task;
        }

        Assert.False(fake.Last!.IsCommitted);
    }

    private sealed class RecordingCleanup : ICleanup
    {
        public Recording? Last { get; private set; }

        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
        {
            Last = new Recording(request, Disposed);
            return ValueTask.FromResult<CleanupTransaction>(Last);
        }
    }

    private sealed class Recording(CleanupRequest request, TaskCompletionSource disposed) : CleanupTransaction
    {
        public CleanupRequest Request => request;

        public List<EnvelopeRecipient> Recipients { get; } = [];

        public List<EnvelopeEdit> Edits { get; } = [];

        public StringBuilder Content { get; } = new();

        public bool IsCommitted { get; private set; }

        public override QueueId QueueId => request.QueueId!.Value;

        public override void AddRecipient(EnvelopeRecipient recipient) => Recipients.Add(recipient);

        public override void AddEdit(EnvelopeEdit edit) => Edits.Add(edit);

        public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            Content.Append(Encoding.ASCII.GetString(octets.Span));
            return ValueTask.CompletedTask;
        }

        public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            IsCommitted = true;
            return ValueTask.FromResult(new CleanupResult(CleanupOutcome.Rejected, "5.7.1 no"));
        }

        public override ValueTask DisposeAsync()
        {
            disposed.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
