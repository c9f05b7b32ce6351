using Estafeta.Configuration;
using Estafeta.Daemons.Cleanup;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tests.Queue;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>A cleanup service over a store in memory, and one call that sends a message through it.</summary>
internal sealed class CleanupBench : IAsyncDisposable
{
    public const string Common = """
        myhostname = mx.oracle.test
        mydomain = oracle.test
        myorigin = $myhostname
        mydestination = $myhostname, localhost.$mydomain, localhost
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        append_dot_mydomain = no
        smtputf8_enable = yes
        """;

    private readonly TableSet _tables;
    private readonly CleanupService _service;

    public CleanupService Service => _service;

    public CleanupBench(string parameters = "", TimeProvider? time = null)
        : this(ParameterSet.Parse(Common + "\n" + parameters), time)
    {
    }

    public CleanupBench(ParameterSet parameters, TimeProvider? time = null)
    {
        _tables = new TableSet(parameters) { Warn = Log.Warning };
        var resolver = AddressResolver.Create(parameters, _tables, Log, TimeProvider.System);
        var configuration = CleanupConfiguration.Create(parameters, _tables, resolver, Log);
        var exits = new CleanupExits(Store, Queue, NotifyAsync, time ?? TimeProvider.System);
        _service = new CleanupService(new Dictionary<string, CleanupConfiguration> { ["cleanup"] = configuration }, exits, new QueueNumbers());
    }

    public MemoryMailLog Log { get; } = new();

    public MemoryQueueStore Store { get; } = new();

    public CollectingQueue Queue { get; } = new();

    public List<NotificationRequest> Notifications { get; } = [];

    public string LastId { get; private set; } = "";

    public async ValueTask<CleanupResult> SendAsync(
        CleanupRequest request, IEnumerable<EnvelopeRecipient> recipients, IEnumerable<ReadOnlyMemory<byte>> content, params EnvelopeEdit[] edits)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var transaction = await _service.BeginAsync(request, cancellationToken);
        LastId = transaction.QueueId.ToString();
        foreach (var recipient in recipients)
        {
            transaction.AddRecipient(recipient);
        }

        foreach (var edit in edits)
        {
            transaction.AddEdit(edit);
        }

        foreach (var chunk in content)
        {
            await transaction.WriteContentAsync(chunk, cancellationToken);
        }

        return await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The content of the last accepted message, as one byte array.</summary>
    public byte[] LastContent()
    {
        var (_, content) = Queue.Accepted[^1];
        return [.. content.Head.Span, .. content.Body.Span];
    }

    public QueuedMessage LastMessage() => Queue.Accepted[^1].Message;

    public static CleanupRequest Request(string sender = "sender@s.test", bool isLocal = true, string fullName = "") => new()
    {
        Sender = sender,
        ArrivalTime = TimeProvider.System.GetUtcNow(),
        Client = new ClientIdentity { IsLocal = isLocal },
        FullName = fullName,
    };

    public static EnvelopeRecipient Recipient(string text)
    {
        var parts = text.Split('/');
        return new EnvelopeRecipient(parts[0])
        {
            DsnOriginalRecipient = parts.Length > 1 && parts[1].Length > 0 ? parts[1] : null,
            Notify = parts.Length > 2 ? (DsnNotify)int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) : DsnNotify.Unspecified,
        };
    }

    private ValueTask<bool> NotifyAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        // The content belongs to the caller.
        Notifications.Add(request with { Head = request.Head.ToArray(), Body = request.Body.ToArray() });
        return new(true);
    }

    public ValueTask DisposeAsync() => _tables.DisposeAsync();
}
