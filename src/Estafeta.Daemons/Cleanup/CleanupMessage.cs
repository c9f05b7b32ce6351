using System.Buffers;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Headers;
using Estafeta.Queue;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// One message on its way through cleanup. Headers are handled as they come; the body goes to the store's writer. The envelope is
/// made at commit, when all recipients are known. Once something is wrong the rest of the content is taken and forgotten.
/// </summary>
internal sealed class CleanupMessage : CleanupTransaction
{
    private readonly CleanupConfiguration _configuration;
    private readonly CleanupRequest _request;
    private readonly IQueueStore _store;
    private readonly IActiveQueue _queue;
    private readonly TimeProvider _time;
    private readonly QueueId _id;
    private readonly string _idText;
    private readonly CleanupVerdict _verdict = new();
    private readonly EnvelopeEdits _edits = new();
    private readonly List<EnvelopeRecipient> _recipients = [];
    private readonly EnvelopeCleaner _envelope;
    private readonly ContentWriter _content;
    private readonly HeaderScanner _scanner;
    private readonly HeaderCleaner _headers;
    private readonly HeadWriter _head;
    private string? _sender;
    private long _octets;
    private bool _started;
    private bool _endsInLineEnd;
    private bool _inBody;
    private bool _ended;

    public CleanupMessage(
        CleanupConfiguration configuration, CleanupRequest request, QueueId id, IQueueStore store, IActiveQueue queue, TimeProvider time)
    {
        var settings = configuration.Settings;
        _configuration = configuration;
        _request = request;
        _store = store;
        _queue = queue;
        _time = time;
        _id = id;
        _idText = id.ToString();
        _content = store.CreateContent(id);
        _head = new HeadWriter(_content.Head);
        _scanner = new HeaderScanner(settings.HeaderSizeLimit);
        _envelope = new EnvelopeCleaner(configuration, request, _idText, _verdict);
        var isLocal = request.Client.IsLocal;
        var rewrites = isLocal || configuration.Rewriter.Settings.RemoteHeaderRewriteDomain.Length > 0;
        _headers = new HeaderCleaner(configuration, new HeaderContext(isLocal, rewrites), _head, _verdict, _idText);
    }

    public override QueueId QueueId => _id;

    public override void AddRecipient(EnvelopeRecipient recipient) => _recipients.Add(recipient);

    public override void AddEdit(EnvelopeEdit edit) => _edits.Add(edit);

    public override async ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (!_started)
        {
            _started = true;
            var prepended = _edits.TakePrepended();
            if (prepended.Length > 0)
            {
                await WriteAsync(prepended, cancellationToken);
            }
        }

        await WriteAsync(octets, cancellationToken);
    }

    public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
    {
        _ended = true;
        if (!_endsInLineEnd && _octets > 0)
        {
            await WriteAsync("\n"u8.ToArray(), cancellationToken);
        }

        if (_verdict.IsOk && !_inBody)
        {
            await ReadHeadersAsync(ReadOnlyMemory<byte>.Empty, true, cancellationToken);
        }

        if (_verdict.IsOk && _edits.Discard)
        {
            _configuration.Log.Info($"{_idText}: removed (discarded)");
            return CleanupResult.Ok;
        }

        var envelope = _verdict.IsOk ? await MakeEnvelopeAsync(cancellationToken) : null;
        if (envelope != null)
        {
            await AcceptAsync(envelope, cancellationToken);
        }

        if (!_verdict.IsOk)
        {
            _configuration.Log.Info($"{_idText}: removed (canceled)");
        }

        return _verdict.Result;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            _configuration.Log.Info($"{_idText}: removed (canceled)");
        }

        await _content.DisposeAsync();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (!_verdict.IsOk || octets.IsEmpty)
        {
            return;
        }

        var limit = _configuration.Settings.MessageSizeLimit;
        if ((_octets += octets.Length) > limit && limit > 0)
        {
            _configuration.Log.Warning($"{_idText}: queue file size limit exceeded");
            _verdict.Refuse(CleanupOutcome.TooBig);
            return;
        }

        _endsInLineEnd = octets.Span[^1] == (byte)'\n';
        if (_configuration.Settings.ReplaceStrayCrLf && StrayCarriageReturn.IsIn(octets.Span))
        {
            await WriteReplacedAsync(octets, cancellationToken);
            return;
        }

        await WriteCleanAsync(octets, cancellationToken);
    }

    private ValueTask WriteCleanAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) => _inBody
        ? WriteBodyAsync(octets, cancellationToken)
        : ReadHeadersAsync(octets, false, cancellationToken);

    private async ValueTask WriteReplacedAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        var copy = ArrayPool<byte>.Shared.Rent(octets.Length);
        try
        {
            octets.CopyTo(copy);
            StrayCarriageReturn.Replace(copy.AsSpan(0, octets.Length));
            await WriteCleanAsync(copy.AsMemory(0, octets.Length), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private async ValueTask ReadHeadersAsync(ReadOnlyMemory<byte> octets, bool isLast, CancellationToken cancellationToken)
    {
        while (_verdict.IsOk)
        {
            switch (_scanner.Read(ref octets, isLast, out var field))
            {
                case HeaderScanResult.NeedsInput:
                    return;
                case HeaderScanResult.Header:
                    await _headers.HandleAsync(field, cancellationToken);
                    break;
                case HeaderScanResult.End:
                    await EndHeadersAsync(octets, isLast, cancellationToken);
                    return;
            }
        }
    }

    private async ValueTask EndHeadersAsync(ReadOnlyMemory<byte> body, bool isLast, CancellationToken cancellationToken)
    {
        _inBody = true;
        _sender = await _envelope.CleanSenderAsync(cancellationToken);
        if (_sender == null)
        {
            return;
        }

        _headers.Finish(new MissingHeaders(_configuration.Settings, _id, _sender, _request.FullName, _time, _configuration.Log));
        if (!_scanner.EndedWithoutEmptyLine || !body.IsEmpty)
        {
            _head.Write("\n"u8);
        }

        await WriteBodyAsync(body, cancellationToken);
    }

    private async ValueTask WriteBodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        try
        {
            await _content.WriteBodyAsync(octets, cancellationToken);
        }
        catch (StoreFullException)
        {
            _verdict.Refuse(CleanupOutcome.NoSpace);
        }
        catch (StoreUnavailableException)
        {
            _verdict.Refuse(CleanupOutcome.WriteError);
        }
    }

    private async ValueTask<Envelope?> MakeEnvelopeAsync(CancellationToken cancellationToken)
    {
        var envelope = await _envelope.CleanAsync(_sender!, _recipients, _edits, _headers.Seen, cancellationToken);
        if (envelope is { Recipients.Count: 0 })
        {
            _verdict.Refuse(CleanupOutcome.NoRecipients);
            return null;
        }

        return envelope;
    }

    private async ValueTask AcceptAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        try
        {
            var hold = _edits.Hold || (_request.Flags & CleanupFlags.Hold) != 0;
            var message = await _store.AcceptAsync(_id, envelope, _content, hold ? QueueName.Hold : QueueName.Incoming, cancellationToken);
            _queue.MessageAccepted(message, _content.TakeContent());
        }
        catch (StoreFullException e)
        {
            _configuration.Log.Warning($"{_idText}: write queue file: {e.Message}");
            _verdict.Refuse(CleanupOutcome.NoSpace);
        }
        catch (StoreUnavailableException e)
        {
            _configuration.Log.Warning($"{_idText}: write queue file: {e.Message}");
            _verdict.Refuse(CleanupOutcome.WriteError);
        }
    }
}
