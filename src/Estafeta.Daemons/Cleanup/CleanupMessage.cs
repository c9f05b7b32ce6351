using System.Buffers;
using Estafeta.Daemons.Cleanup.Signing;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// One message on its way through cleanup. Content is handled as it comes; the rest of the envelope is made at commit, when all
/// recipients are known. Once something is wrong the rest of the content is taken and forgotten, unless the sender is to get it back.
/// </summary>
internal sealed class CleanupMessage : CleanupTransaction
{
    private readonly CleanupConfiguration _configuration;
    private readonly CleanupRequest _request;
    private readonly CleanupExits _exits;
    private readonly QueueId _id;
    private readonly string _idText;
    private readonly CleanupVerdict _verdict = new();
    private readonly EnvelopeEdits _edits = new();
    private readonly List<EnvelopeRecipient> _recipients = [];
    private readonly EnvelopeCleaner _envelope;
    private readonly ContentWriter _content;
    private IReadOnlyList<MilterHandoff> _milters = [];
    private HeaderCleaner? _headers;
    private ContentInspector? _inspector;
    private ContentCleaner? _cleaner;
    private string? _sender;
    private long _octets;
    private bool _endsInLineEnd;
    private bool _ended;

    public CleanupMessage(CleanupConfiguration configuration, CleanupRequest request, QueueId id, CleanupExits exits)
    {
        _configuration = configuration;
        _request = request;
        _exits = exits;
        _id = id;
        _idText = id.ToString();
        _content = exits.Store.CreateContent(id);
        _envelope = new EnvelopeCleaner(configuration, request, _idText, _verdict);
        if (request.Flags.HasFlag(CleanupFlags.Hold))
        {
            _edits.Add(new EnvelopeEdit(EnvelopeEditKind.Hold, ""));
        }

        if (request.Flags.HasFlag(CleanupFlags.Discard))
        {
            _edits.Add(new EnvelopeEdit(EnvelopeEditKind.Discard, ""));
        }
    }

    public override QueueId QueueId => _id;

    public override void AddRecipient(EnvelopeRecipient recipient) => _recipients.Add(recipient);

    public override void AddEdit(EnvelopeEdit edit) => _edits.Add(edit);

    public override ValueTask AttachMiltersAsync(IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken)
    {
        _milters = milters;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (_cleaner == null)
        {
            await StartAsync(cancellationToken);
        }

        await WriteAsync(octets, cancellationToken);
    }

    public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
    {
        _ended = true;
        if (_cleaner == null)
        {
            await StartAsync(cancellationToken);
        }

        await WriteAsync(_endsInLineEnd || _octets == 0 ? default : LineFeed, cancellationToken);
        await CleanAsync(default, true, cancellationToken);
        if (_verdict.IsOk && _edits.IsTooBig)
        {
            RefuseSize();
        }

        if (_verdict.IsOk && _edits.Authentication is { } note && AuthenticatedHead.Apply(_content.Head, note) is > 0 and var forged)
        {
            _configuration.Log.Info($"{_idText}: removed {forged} headers that claimed to be results of {note.AuthservId}");
        }

        if (_verdict.IsOk && !_edits.Discard && WantsMilters)
        {
            await ShowMiltersAsync(cancellationToken);
        }

        if (_verdict.IsOk && !_edits.Discard && _configuration.Signing is { } signing
            && !await signing.SignAsync(_content, _request.Flags.HasFlag(CleanupFlags.Sign), _edits.Authentication, _idText, _exits.Time.GetUtcNow(), cancellationToken))
        {
            _verdict.Refuse(CleanupOutcome.Temporary);
        }

        if (_verdict.IsOk && _edits.Discard)
        {
            _configuration.Log.Info($"{_idText}: removed (discarded)");
            return CleanupResult.Ok;
        }

        var result = await DecideAsync(cancellationToken);
        if (!_verdict.IsOk)
        {
            _configuration.Log.Info($"{_idText}: removed (canceled)");
        }

        return result;
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

    private static ReadOnlyMemory<byte> LineFeed { get; } = "\n"u8.ToArray();

    /// <summary>Whether content still matters: the message is fine and nobody threw it away, or it goes back to its sender.</summary>
    private bool WantsContent => _verdict.IsOk ? !_edits.Discard : ReturnsToSender && _verdict.Result.Outcome != CleanupOutcome.TooBig;

    private bool ReturnsToSender => _request.Flags.HasFlag(CleanupFlags.BounceOnError) && _verdict.IsForGood;

    private bool WantsMilters => _inspector is { IsPassed: false } && (_milters.Count > 0
        || (!_configuration.Milters.IsEmpty && _request.Client.Protocol is not ("SMTP" or "ESMTP")
            && !_request.Flags.HasFlag(CleanupFlags.NoMilters)));

    private async ValueTask ShowMiltersAsync(CancellationToken cancellationToken)
    {
        var pass = new MilterPass(_configuration, _request, _edits, _verdict, _idText, _exits.Time);
        try
        {
            if (await pass.RunAsync(_milters, _sender!, _recipients, _content, cancellationToken) is { } sender) // no refusal, so there is a sender
            {
                _sender = await _envelope.CleanSenderAsync(sender, cancellationToken);
            }
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

    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var prepended = _edits.TakePrepended();
        _sender = await _envelope.CleanSenderAsync(_request.Sender, cancellationToken);
        var origin = new MessageOrigin(_request.Client, _sender ?? _request.Sender, _recipients.Count > 0 ? _envelope.Complete(_recipients[^1].Address) : null, _configuration.Settings.Addresses);
        var isChecked = !_request.Flags.HasFlag(CleanupFlags.NoHeaderBodyChecks);
        var inspector = _inspector = new ContentInspector(_configuration, _edits, _verdict, origin, _idText, isChecked);
        var isLocal = _request.Client.IsLocal;
        var context = new HeaderContext(isLocal, isLocal || _configuration.Rewriter.Settings.RemoteHeaderRewriteDomain.Length > 0);
        var head = new HeadWriter(_content.Head);
        var headers = new HeaderCleaner(_configuration, context, head, inspector, _verdict, _idText);
        var missing = new MissingHeaders(_configuration.Settings, _id, _sender ?? "", _request.FullName, _exits.Time, _configuration.Log);
        var body = new BodyCleaner(_content, inspector, _configuration.Checks);
        _headers = headers;
        _cleaner = new ContentCleaner(_configuration, headers, body, head, inspector, _request.NeedsSmtpUtf8)
        {
            OnHeadersEnd = () => headers.Finish(missing, _request.RequireTls && _configuration.Settings.RequireTlsByHeader),
            IsWanted = () => WantsContent,
        };
        await WriteAsync(prepended, cancellationToken);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (!WantsContent || octets.IsEmpty)
        {
            return;
        }

        var limit = _configuration.Settings.MessageSizeLimit;
        var room = limit > 0 ? limit - _octets : long.MaxValue;
        _octets += octets.Length;
        if (octets.Length <= room)
        {
            await WriteUnlimitedAsync(octets, cancellationToken);
            return;
        }

        // What fits is looked at, so that the log names the message.
        await WriteUnlimitedAsync(octets[..(int)room], cancellationToken);
        RefuseSize();
    }

    private void RefuseSize()
    {
        _configuration.Log.Warning($"{_idText}: queue file size limit exceeded");
        _verdict.Refuse(CleanupOutcome.TooBig);
    }

    private async ValueTask WriteUnlimitedAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        _endsInLineEnd = octets.Span[^1] == (byte)'\n';
        var characters = _inspector is { LooksAtCharacters: true } ? _configuration.Settings.Characters : null;
        if (characters?.FindRejected(octets.Span) is >= 0 and var at)
        {
            _inspector!.RefuseCharacter(LineAround(octets.Span, at)); // there is one with characters
            return;
        }

        if (characters?.HasStripped(octets.Span) == true || (_configuration.Settings.ReplaceStrayCrLf && StrayCarriageReturn.IsIn(octets.Span)))
        {
            await WriteReplacedAsync(octets, characters, cancellationToken);
            return;
        }

        await CleanAsync(octets, false, cancellationToken);
    }

    private static ReadOnlySpan<byte> LineAround(ReadOnlySpan<byte> octets, int at)
    {
        var start = octets[..at].LastIndexOf((byte)'\n') + 1;
        var length = octets[start..].IndexOf((byte)'\n');
        return length < 0 ? octets[start..] : octets.Slice(start, length);
    }

    private async ValueTask WriteReplacedAsync(ReadOnlyMemory<byte> octets, ContentCharacters? characters, CancellationToken cancellationToken)
    {
        var copy = ArrayPool<byte>.Shared.Rent(octets.Length);
        try
        {
            octets.CopyTo(copy);
            var length = characters?.Strip(copy.AsSpan(0, octets.Length)) ?? octets.Length;
            if (_configuration.Settings.ReplaceStrayCrLf)
            {
                StrayCarriageReturn.Replace(copy.AsSpan(0, length));
            }

            await CleanAsync(copy.AsMemory(0, length), false, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private async ValueTask CleanAsync(ReadOnlyMemory<byte> octets, bool isLast, CancellationToken cancellationToken)
    {
        if (!WantsContent)
        {
            return;
        }

        try
        {
            await _cleaner!.WriteAsync(octets, isLast, cancellationToken); // made by StartAsync
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

    private async ValueTask<CleanupResult> DecideAsync(CancellationToken cancellationToken)
    {
        var returns = ReturnsToSender;
        if (!_verdict.IsOk && !returns)
        {
            return _verdict.Result;
        }

        if (await _envelope.CleanAsync(_sender!, _recipients, _edits, _headers!.Seen, cancellationToken) is not { } envelope) // made by StartAsync
        {
            return _verdict.Result;
        }

        if (envelope.Recipients.Count == 0)
        {
            _verdict.Refuse(CleanupOutcome.NoRecipients);
            return _verdict.Result;
        }

        return returns
            ? await new ReturnToSender(_exits, _configuration.DeliveryLog, _idText).SendAsync(envelope, _content, _verdict.Result, cancellationToken)
            : await AcceptAsync(envelope, cancellationToken);
    }

    private async ValueTask<CleanupResult> AcceptAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        try
        {
            var queue = _edits.Hold ? QueueName.Hold : QueueName.Incoming;
            var message = await _exits.Store.AcceptAsync(_id, envelope, _content, queue, cancellationToken);
            _exits.Queue.MessageAccepted(message, _content.TakeContent());
            await _envelope.ReportExpandedAsync(envelope, _exits, cancellationToken);
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

        return _verdict.Result;
    }
}
