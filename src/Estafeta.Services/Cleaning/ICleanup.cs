using System.Buffers;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// The cleanup service: the one door into the queue. smtpd and qmqpd use it over the wire; pickup, bounce and the forwarding of
/// local mail use it in the queue's own process or over the wire alike.
/// </summary>
public interface ICleanup
{
    /// <summary>
    /// Opens a transaction and names its queue ID at once, without a round trip. Throws <see cref="IOException"/> when the service
    /// cannot be reached (451).
    /// </summary>
    ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken);
}

/// <summary>What is known when the transaction opens.</summary>
public sealed record CleanupRequest
{
    /// <summary>Envelope sender as the client gave it, unquoted.</summary>
    public required string Sender { get; init; }

    public required DateTimeOffset ArrivalTime { get; init; }

    public ClientIdentity Client { get; init; } = ClientIdentity.Local;

    public string? DsnEnvelopeId { get; init; }

    public DsnReturn DsnReturn { get; init; }

    /// <summary>Name for a From header that is missing (sendmail -F, or the password file); empty when unknown.</summary>
    public string FullName { get; init; } = "";

    /// <summary>BODY=8BITMIME.</summary>
    public bool Is8Bit { get; init; }

    /// <summary>content_filter of the service that received it; null for none. A FILTER action overrides it.</summary>
    public string? ContentFilter { get; init; }

    public bool NeedsSmtpUtf8 { get; init; }

    public bool RequireTls { get; init; }

    public TraceRequest Trace { get; init; }

    public bool IsProbe { get; init; }

    public string? Verp { get; init; }

    public CleanupFlags Flags { get; init; }

    /// <summary>Set by the wire, whose client side named it already; null lets cleanup choose.</summary>
    public QueueId? QueueId { get; init; }

    /// <summary>cleanup_service_name of the caller: which master.cf entry (and its -o options) serves it.</summary>
    public string Service { get; init; } = "cleanup";
}

/// <summary>What cleanup shall do beyond the plain path (receive_override_options, internal_mail_filter_classes).</summary>
[Flags]
public enum CleanupFlags
{
    None = 0,
    NoAddressMapping = 1,
    NoHeaderBodyChecks = 2,
    NoMilters = 4,
    NoUnknownRecipientChecks = 8,

    /// <summary>Bounce instead of refusing when the content is bad: nobody waits for the answer (pickup).</summary>
    BounceOnError = 16,
    Hold = 32,
    Discard = 64,

    /// <summary>Mail the system makes itself (bounces, notices, probes) or passes on by an alias: no copies go to always_bcc and its like.</summary>
    InternalMail = 128,

    /// <summary>Find out from the content and the addresses whether the message needs SMTPUTF8 (smtputf8_autodetect_classes).</summary>
    DetectSmtpUtf8 = 256,

    /// <summary>The message is ours (estafeta_dkim_sign): signed where a key is for its author.</summary>
    Sign = 512,
}

/// <summary>
/// One message on its way into the queue. Calls come in order: recipients, then content, then commit; dispose without commit
/// cancels. Nothing but <see cref="WriteContentAsync"/> (back-pressure) and <see cref="CommitAsync"/> waits for the other side.
/// </summary>
public abstract class CleanupTransaction : IAsyncDisposable
{
    private const int FilePieceOctets = 64 * 1024;

    public abstract QueueId QueueId { get; }

    public abstract void AddRecipient(EnvelopeRecipient recipient);

    /// <summary>Adds an attribute decided after opening: a FILTER, REDIRECT, HOLD, BCC or PREPEND of an access table.</summary>
    public abstract void AddEdit(EnvelopeEdit edit);

    /// <summary>
    /// Has milters that know the envelope already see the content in its final form, at commit; without this, non_smtpd_milters see
    /// mail that did not come by SMTP. Before the content.
    /// </summary>
    public virtual ValueTask AttachMiltersAsync(IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken) =>
        throw new NotSupportedException("this transaction takes no milters");

    /// <summary>Content with LF line ends, dots unstuffed; any chunking. The first line of content may be the caller's Received header.</summary>
    public abstract ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken);

    /// <summary>A body that the queue keeps as a file: its octets, as content.</summary>
    public async ValueTask WriteContentOfFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(FilePieceOctets);
        try
        {
            int got;
            while ((got = await file.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await WriteContentAsync(buffer.AsMemory(0, got), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Ends a message that has passed message_size_limit by the caller's count: nothing is queued, and cleanup, which has seen the header, logs whose
    /// message it was.
    /// </summary>
    public virtual ValueTask RefuseAsTooBigAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Ends the content. Durable when the result says Ok.</summary>
    public abstract ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

public enum EnvelopeEditKind
{
    Hold,
    Discard,
    Filter,
    Redirect,
    Bcc,
    PrependHeader,
    Attribute,
    Delay,

    /// <summary>Results about where the message comes from: an <see cref="AuthenticationNote"/>. May come behind the content.</summary>
    Authenticated,

    /// <summary>The wire's <see cref="CleanupTransaction.RefuseAsTooBigAsync"/>: the commit that follows refuses.</summary>
    TooBig,
}

public sealed record EnvelopeEdit(EnvelopeEditKind Kind, string Value);

public enum CleanupOutcome
{
    Ok,

    /// <summary>Refused by header/body checks or a milter: <see cref="CleanupResult.Text"/> says how.</summary>
    Rejected,

    /// <summary>message_size_limit: 552 5.3.4.</summary>
    TooBig,

    /// <summary>hopcount_limit: 554 5.4.0.</summary>
    TooManyHops,

    /// <summary>Full disk: 452 4.3.1.</summary>
    NoSpace,

    /// <summary>Could not be written, or the service failed: 451 4.3.0.</summary>
    WriteError,

    /// <summary>A table or milter was in trouble: 451 4.3.0.</summary>
    Temporary,

    /// <summary>No recipient at all (sendmail -t).</summary>
    NoRecipients,
}

/// <param name="Text">
/// Without code: <c>5.7.1 message content rejected</c>; a whole reply, <c>550 5.7.1 no</c>, several lines joined by <c>\n</c>, when a milter
/// chose it; empty for the outcome's own text.
/// </param>
public readonly record struct CleanupResult(CleanupOutcome Outcome, string Text)
{
    public static readonly CleanupResult Ok = new(CleanupOutcome.Ok, "");
}
