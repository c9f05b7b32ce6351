using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Keeps what it is given, by sessions side by side; answers what the test wants.</summary>
internal sealed class FakeCleanup : ICleanup
{
    private readonly Lock _gate = new();
    private uint _next = 0x10000;

    public List<FakeMessage> Committed { get; } = [];

    /// <summary>Transactions opened and neither committed nor cancelled.</summary>
    public int Open { get; private set; }

    /// <summary>What smtpd handed over.</summary>
    public List<MilterHandoff> Milters { get; } = [];

    public int Cancelled { get; private set; }

    /// <summary>Those that smtpd counted as too big; cancelled, too.</summary>
    public int TooBig { get; private set; }

    public CleanupResult Answer { get; set; } = CleanupResult.Ok;

    public bool RefusesToOpen { get; set; }

    /// <summary>Octets of content that came so far.</summary>
    public long Written { get; private set; }

    /// <summary>WriteContentAsync fails after so many octets.</summary>
    public int FailsAfter { get; set; } = int.MaxValue;

    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        if (RefusesToOpen)
        {
            throw new IOException("connection refused");
        }

        lock (_gate)
        {
            Open++;
            return ValueTask.FromResult<CleanupTransaction>(new Transaction(this, request, new QueueId(-1, 0x12345, _next++)));
        }
    }

    private sealed class Transaction(FakeCleanup owner, CleanupRequest request, QueueId id) : CleanupTransaction
    {
        private readonly MemoryStream _content = new();
        private readonly List<EnvelopeRecipient> _recipients = [];
        private readonly List<EnvelopeEdit> _edits = [];
        private bool _ended;

        public override QueueId QueueId => id;

        public override void AddRecipient(EnvelopeRecipient recipient) => _recipients.Add(recipient);

        public override void AddEdit(EnvelopeEdit edit) => _edits.Add(edit);

        public override ValueTask AttachMiltersAsync(IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken)
        {
            owner.Milters.AddRange(milters);
            return ValueTask.CompletedTask;
        }

        public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            lock (owner._gate)
            {
                owner.Written += octets.Length;
            }

            if (_content.Length + octets.Length > owner.FailsAfter)
            {
                throw new IOException("broken pipe");
            }

            _content.Write(octets.Span);
            return ValueTask.CompletedTask;
        }

        public override ValueTask RefuseAsTooBigAsync(CancellationToken cancellationToken)
        {
            lock (owner._gate)
            {
                owner.TooBig++;
            }

            return ValueTask.CompletedTask;
        }

        public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            _ended = true;
            lock (owner._gate)
            {
                owner.Open--;
                if (owner.Answer.Outcome == CleanupOutcome.Ok)
                {
                    owner.Committed.Add(new FakeMessage(request, [.. _recipients], [.. _edits], _content.ToArray()));
                }
            }

            return ValueTask.FromResult(owner.Answer);
        }

        public override ValueTask DisposeAsync()
        {
            if (!_ended)
            {
                _ended = true;
                lock (owner._gate)
                {
                    owner.Open--;
                    owner.Cancelled++;
                }
            }

            return ValueTask.CompletedTask;
        }
    }
}

internal sealed record FakeMessage(
    CleanupRequest Request, IReadOnlyList<EnvelopeRecipient> Recipients, IReadOnlyList<EnvelopeEdit> Edits, byte[] Content)
{
    /// <summary>Latin-1, so that every octet is a character.</summary>
    public string Text => System.Text.Encoding.Latin1.GetString(Content);

    /// <summary>The content behind our own Received header.</summary>
    public string Body => Text[(Text.IndexOf("(UTC)\n", StringComparison.Ordinal) + 6)..];
}
