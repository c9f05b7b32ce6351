using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Services.Cleaning;

public sealed class BatchedCommitsTests : IAsyncDisposable
{
    private readonly GatedCleanup _cleanup = new();
    private readonly MemoryMailLog _log = new();
    private readonly ConcurrentBag<IpcConnection> _connections = [];
    private readonly UnixServer _server;
    private readonly RemoteCleanup _remote;
    private Task? _stop;

    public BatchedCommitsTests()
    {
        var endpoint = new CleanupEndpoint(_cleanup, new QueueNumbers(), _log, TimeProvider.System);
        _server = new UnixServer(
            CleanupEndpoint.Protocol,
            (connection, stopping) =>
            {
                _connections.Add(connection);
                return endpoint.ServeAsync(connection, stopping);
            },
            endpoint.Greet);
        _remote = new RemoteCleanup(_server.Path, longQueueIds: false, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _remote.DisposeAsync();
        await (_stop ?? _server.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task ManyAtOnce_EachGetsItsOwnAnswer()
    {
        var transactions = new List<CleanupTransaction>();
        for (var i = 0; i < 200; i++)
        {
            transactions.Add(await BeginAsync($"user{i}", 100 + (i * 10)));
        }

        var results = await CommitAllAsync(transactions);
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal(new CleanupResult(CleanupOutcome.Rejected, $"user{i} {100 + (i * 10)}"), results[i]);
        }

        Assert.Equal(200, transactions.Select(t => t.QueueId).Distinct().Count());
    }

    [Fact]
    public async Task MessagesThatWait_HoldUpNobody()
    {
        // More than may be under way, so what follows depends on their being given up as batches.
        var slow = new List<Task<CleanupResult>>();
        for (var i = 0; i < 5; i++)
        {
            slow.Add((await BeginAsync($"{GatedCleanup.Slow}{i}", 10)).CommitAsync(TestContext.Current.CancellationToken).AsTask());
        }

        for (var i = 0; i < 20; i++)
        {
            var result = await (await BeginAsync($"quick{i}", 10)).CommitAsync(TestContext.Current.CancellationToken);
            Assert.Equal($"quick{i} 10", result.Text);
        }

        Assert.DoesNotContain(slow, task => task.IsCompleted);
        _cleanup.Open.SetResult();
        Assert.Equal(["slow0 10", "slow1 10", "slow2 10", "slow3 10", "slow4 10"], (await Task.WhenAll(slow)).Select(r => r.Text));
    }

    [Fact]
    public async Task MoreThanABatchHolds_GoesByConnectionsOfItsOwn()
    {
        var transactions = new List<CleanupTransaction>();
        for (var i = 0; i < 40; i++)
        {
            transactions.Add(await BeginAsync($"user{i}", 30_000));
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"user{i} 30000"), (await CommitAllAsync(transactions)).Select(r => r.Text));
    }

    [Fact]
    public async Task OneThatFails_IsDeferredAlone()
    {
        var transactions = new List<CleanupTransaction>();
        foreach (var name in new[] { "a", GatedCleanup.Failing, "b", GatedCleanup.Broken, "c" })
        {
            transactions.Add(await BeginAsync(name, 10));
        }

        var results = await CommitAllAsync(transactions);
        var failed = new CleanupResult(CleanupOutcome.WriteError, "");
        Assert.Equal([Answer("a"), failed, Answer("b"), failed, Answer("c")], results);
        Assert.Contains("warning: cleanup: the disk is gone", _log.Lines);
        Assert.Contains(_log.Lines, line => line.StartsWith("error: cleanup: System.InvalidOperationException: a mistake", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ConnectionLost_AllWhoWaitAreTold_AndTheNextConnectsAnew()
    {
        var first = (await BeginAsync($"{GatedCleanup.Slow}1", 10)).CommitAsync(TestContext.Current.CancellationToken).AsTask();
        var second = (await BeginAsync($"{GatedCleanup.Slow}2", 10)).CommitAsync(TestContext.Current.CancellationToken).AsTask();
        await _cleanup.SlowOnesBegan(2);
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await Assert.ThrowsAnyAsync<IOException>(() => first);
        await Assert.ThrowsAnyAsync<IOException>(() => second);
        _cleanup.Open.SetResult();
        Assert.Equal(Answer("next"), await (await BeginAsync("next", 10)).CommitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Stop_FinishesWhatHasBegun()
    {
        var slow = (await BeginAsync($"{GatedCleanup.Slow}1", 10)).CommitAsync(TestContext.Current.CancellationToken).AsTask();
        await _cleanup.SlowOnesBegan(1);
        _stop = _server.DisposeAsync().AsTask();
        Assert.False(_stop.IsCompleted);
        _cleanup.Open.SetResult();
        Assert.Equal("slow1 10", (await slow).Text);
        await _stop;
    }

    [Fact]
    public async Task MalformedBatch_EndsItsConnection()
    {
        await using var pool = new IpcPool(_server.Path, CleanupEndpoint.Protocol, TimeProvider.System);
        await using var connection = await pool.RentAsync(TestContext.Current.CancellationToken);
        connection.Out.BeginFrame(CleanupWire.Batch);
        connection.Out.Write(1L);
        connection.Out.Write(100L); // octets that do not follow
        connection.Out.EndFrame();
        await connection.FlushAsync(TestContext.Current.CancellationToken);
        IpcFrame frame;
        do
        {
            frame = await connection.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
        while (!frame.IsClosed);
        Assert.Equal(["warning: cleanup: truncated frame"], _server.Log.Lines);
    }

    [Fact]
    public void Frames_CutAnywhere_AreRefused()
    {
        using var writer = new WireWriter();
        writer.BeginFrame(CleanupWire.Content);
        writer.WriteRaw("text"u8);
        writer.EndFrame();
        writer.BeginFrame(CleanupWire.Commit);
        writer.EndFrame();
        for (var length = 0; length <= writer.Length; length++)
        {
            var rest = writer.Written[..length];
            if (length < IpcFrame.HeaderOctets + 4)
            {
                Assert.Throws<IpcProtocolException>(() => IpcFrame.Take(ref rest));
                continue;
            }

            var content = IpcFrame.Take(ref rest);
            Assert.Equal("text", Encoding.ASCII.GetString(content.Payload.Span));
            if (length < writer.Length)
            {
                Assert.Throws<IpcProtocolException>(() => IpcFrame.Take(ref rest));
                continue;
            }

            Assert.Equal(CleanupWire.Commit, IpcFrame.Take(ref rest).Type);
            Assert.True(rest.IsEmpty);
        }
    }

    private static CleanupResult Answer(string name) => new(CleanupOutcome.Rejected, name + " 10");

    private static Task<CleanupResult[]> CommitAllAsync(IEnumerable<CleanupTransaction> transactions) =>
        Task.WhenAll(transactions.Select(t => Task.Run(() => t.CommitAsync(TestContext.Current.CancellationToken).AsTask())));

    private async Task<CleanupTransaction> BeginAsync(string sender, int octets)
    {
        var transaction = await _remote.BeginAsync(
            new CleanupRequest { Sender = sender, ArrivalTime = DateTimeOffset.UnixEpoch }, TestContext.Current.CancellationToken);
        transaction.AddRecipient(new EnvelopeRecipient("to@example.net"));
        await transaction.WriteContentAsync(Encoding.ASCII.GetBytes(new string('x', octets)), TestContext.Current.CancellationToken);
        return transaction;
    }

    /// <summary>Answers with the sender's name and the octets it got; some senders wait, some fail.</summary>
    private sealed class GatedCleanup : ICleanup
    {
        public const string Slow = "slow";
        public const string Failing = "failing";
        public const string Broken = "broken";
        private readonly Channel<string> _began = Channel.CreateUnbounded<string>();

        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task SlowOnesBegan(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await _began.Reader.ReadAsync(TestContext.Current.CancellationToken);
            }
        }

        public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult<CleanupTransaction>(new Message(this, request));

        private sealed class Message(GatedCleanup owner, CleanupRequest request) : CleanupTransaction
        {
            private readonly StringBuilder _content = new();

            public override QueueId QueueId => request.QueueId!.Value; // named by the wire

            public override void AddRecipient(EnvelopeRecipient recipient) => Assert.Equal("to@example.net", recipient.Address);

            public override void AddEdit(EnvelopeEdit edit)
            {
            }

            public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
            {
                _content.Append(Encoding.ASCII.GetString(octets.Span));
                return ValueTask.CompletedTask;
            }

            public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
            {
                if (request.Sender.StartsWith(Slow, StringComparison.Ordinal))
                {
                    owner._began.Writer.TryWrite(request.Sender);
                    await owner.Open.Task;
                }

                return request.Sender switch
                {
                    Failing => throw new IOException("the disk is gone"),
                    Broken => throw new InvalidOperationException("a mistake"),
                    _ => new CleanupResult(CleanupOutcome.Rejected, $"{request.Sender} {_content.Length}"),
                };
            }

            public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
