namespace Estafeta.Net.Milter;

/// <summary>
/// One milter during one SMTP session. Each method is one event of the session; it sends the macros of the stage, the event, and
/// waits for the verdict unless the milter said it would not give one. When the milter fails its default action is the verdict, for
/// this event and the rest of the session.
/// </summary>
public sealed class MilterSession : IDisposable
{
    private readonly MilterSettings _settings;
    private readonly Action<string> _warn;
    private readonly TimeProvider _time;
    private MilterWire? _wire;
    private MilterActions _actions;
    private MilterSteps _steps;
    private Dictionary<MilterStage, IReadOnlyList<string>> _macroLists;
    private MilterVerdict? _failure;
    private bool _acceptsSession;
    private bool _acceptsMessage;
    private bool _skipsBody;

    public MilterSession(MilterSettings settings, TimeProvider time, Action<string> warn)
    {
        _settings = settings;
        _time = time;
        _warn = warn;
        _macroLists = settings.Macros.ToDictionary();
    }

    public string Endpoint => _settings.Endpoint;

    /// <summary>Wants to see recipients that were refused, too.</summary>
    public bool WantsRejectedRecipients => (_steps & MilterSteps.RejectedRecipients) != 0;

    /// <summary>Whether it still wants to see the body of this message.</summary>
    public bool WantsBody => _wire != null && (_steps & MilterSteps.NoBody) == 0 && !_skipsBody && !IsDone;

    /// <summary>The connection, through which whoever goes on with the message reaches the milter; null when there is none.</summary>
    public MilterTransport? Connection => _wire?.Transport;

    private bool IsDone => _acceptsSession || _acceptsMessage;

    /// <summary>What the process that goes on with the message must know besides the connection.</summary>
    public MilterSessionState Suspend() => new(_actions, _steps, _macroLists, _failure, IsDone);

    /// <summary>The other side of <see cref="Suspend"/>, for one message.</summary>
    public static MilterSession Resume(
        MilterSettings settings, MilterSessionState state, MilterTransport? connection, TimeProvider time, Action<string> warn) =>
        new(settings, time, warn)
        {
            _wire = connection == null ? null : new MilterWire(connection),
            _actions = state.Actions,
            _steps = state.Steps,
            _macroLists = state.MacroLists.ToDictionary(),
            _failure = state.Failure,
            _acceptsMessage = state.AcceptsMessage,
        };

    /// <param name="addressFamily">4, 6, L (local) or U (unknown).</param>
    public async ValueTask<MilterVerdict> ConnectAsync(
        string clientName, char addressFamily, int port, string address, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return _failure!.Value;
        }

        return await TellAsync(
            MilterStage.Connect, MilterCommand.Connect, MilterSteps.NoConnect, MilterSteps.NoReplyConnect, macros,
            wire =>
            {
                wire.Text(clientName);
                wire.Octets([(byte)addressFamily]);
                if (addressFamily != 'U')
                {
                    wire.Octets([(byte)(port >> 8), (byte)port]);
                    wire.Text(address);
                }
            },
            cancellationToken);
    }

    public ValueTask<MilterVerdict> HeloAsync(string name, MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Helo, MilterCommand.Helo, MilterSteps.NoHelo, MilterSteps.NoReplyHelo, macros, wire => wire.Text(name), cancellationToken);

    /// <param name="arguments">The address in angle brackets, then the ESMTP parameters.</param>
    public ValueTask<MilterVerdict> MailAsync(IReadOnlyList<string> arguments, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        _acceptsMessage = false;
        _skipsBody = false;
        return TellAsync(
            MilterStage.Mail, MilterCommand.Mail, MilterSteps.NoMail, MilterSteps.NoReplyMail, macros, wire => Texts(wire, arguments), cancellationToken);
    }

    public ValueTask<MilterVerdict> RecipientAsync(IReadOnlyList<string> arguments, MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Recipient, MilterCommand.Recipient, MilterSteps.NoRecipient, MilterSteps.NoReplyRecipient, macros, wire => Texts(wire, arguments), cancellationToken);

    public ValueTask<MilterVerdict> DataAsync(MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Data, MilterCommand.Data, MilterSteps.NoData, MilterSteps.NoReplyData, macros, static _ => { }, cancellationToken);

    public ValueTask<MilterVerdict> UnknownAsync(string command, MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Unknown, MilterCommand.Unknown, MilterSteps.NoUnknown, MilterSteps.NoReplyUnknown, macros, wire => wire.Text(command), cancellationToken);

    /// <param name="value">Without the line end; folds are LF and white space; the space after the colon included.</param>
    public ValueTask<MilterVerdict> HeaderAsync(string name, string value, CancellationToken cancellationToken) => TellAsync(
        null, MilterCommand.Header, MilterSteps.NoHeaders, MilterSteps.NoReplyHeader, null,
        wire =>
        {
            wire.Text(name);
            wire.Text((_steps & MilterSteps.HeaderLeadingSpace) == 0 && value.StartsWith(' ') ? value[1..] : value);
        },
        cancellationToken);

    public ValueTask<MilterVerdict> EndOfHeadersAsync(MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.EndOfHeaders, MilterCommand.EndOfHeaders, MilterSteps.NoEndOfHeaders, MilterSteps.NoReplyEndOfHeaders, macros, static _ => { }, cancellationToken);

    /// <summary>A piece of the body with CRLF line ends; any length.</summary>
    public async ValueTask<MilterVerdict> BodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (octets.Length > 0 && !_skipsBody && !IsDone)
        {
            var piece = octets[..Math.Min(octets.Length, MilterProtocol.MaxChunk)];
            octets = octets[piece.Length..];
            var verdict = await TellAsync(
                null, MilterCommand.Body, MilterSteps.NoBody, MilterSteps.NoReplyBody, null, wire => wire.Octets(piece.Span), cancellationToken);
            if (!verdict.IsContinue)
            {
                return verdict;
            }
        }

        return _failure ?? MilterVerdict.Continue;
    }

    /// <summary>The end of the message: the milter edits it, then gives its last word.</summary>
    public async ValueTask<MilterVerdict> EndOfBodyAsync(IMilterEdits edits, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        if (_failure is { } failure)
        {
            return failure;
        }

        if (IsDone || _wire == null)
        {
            return MilterVerdict.Continue;
        }

        var isReplacing = false;
        var held = MilterVerdict.Continue;
        try
        {
            WriteMacros(MilterStage.EndOfBody, MilterCommand.EndOfBody, macros);
            _wire.Begin(MilterCommand.EndOfBody);
            _wire.End();
            await _wire.SendAsync(_settings.ContentTimeout, cancellationToken);
            while (true)
            {
                var (reply, payload) = await _wire.ReceiveAsync(_settings.ContentTimeout, cancellationToken);
                if (reply == MilterReply.Quarantine)
                {
                    held = new MilterVerdict(MilterDecision.Quarantine, ReadText(payload));
                }
                else if (MilterEditReader.TryApply(reply, payload.Span, edits, ref isReplacing))
                {
                    CheckAllowed(reply);
                }
                else if (Decide(reply, payload.Span) is { } verdict)
                {
                    return verdict.IsContinue ? held : verdict;
                }
            }
        }
        catch (IOException e)
        {
            // Half an edited message must never go out as accepted, whatever the default action says.
            var verdict = Fail(e);
            return isReplacing && verdict.Decision is MilterDecision.Continue or MilterDecision.Quarantine ? MilterVerdict.TemporaryFailure : verdict;
        }
    }

    /// <summary>The message is over without an end of body: RSET, a refused recipient list, a lost client.</summary>
    public async ValueTask AbortAsync(CancellationToken cancellationToken)
    {
        _acceptsMessage = false;
        _skipsBody = false;
        await SayAsync(MilterCommand.Abort, cancellationToken);
    }

    public async ValueTask QuitAsync(CancellationToken cancellationToken)
    {
        await SayAsync(MilterCommand.Quit, cancellationToken);
        Dispose();
    }

    public void Dispose()
    {
        _wire?.Dispose();
        _wire = null;
    }

    private static void Texts(MilterWire wire, IReadOnlyList<string> texts)
    {
        foreach (var text in texts)
        {
            wire.Text(text);
        }
    }

    private static string ReadText(ReadOnlyMemory<byte> payload)
    {
        var reader = new MilterPayload(payload.Span);
        return reader.TryReadText(out var text) ? MilterReplyText.Printable(text) : throw new IOException("malformed quarantine request");
    }

    private async ValueTask<bool> OpenAsync(CancellationToken cancellationToken)
    {
        if (_failure != null)
        {
            return false;
        }

        try
        {
            _wire = new MilterWire(await MilterSocketTransport.ConnectAsync(_settings, _time, cancellationToken));
            await NegotiateAsync(_wire, cancellationToken);
            return true;
        }
        catch (IOException e)
        {
            Fail(e);
            return false;
        }
    }

    private async ValueTask NegotiateAsync(MilterWire wire, CancellationToken cancellationToken)
    {
        var offered = _settings.Version switch
        {
            2 => MilterSteps.Version2,
            3 => MilterSteps.Version3,
            4 or 5 => MilterSteps.Version4,
            _ => MilterSteps.Version6,
        };
        wire.Begin(MilterCommand.Negotiate);
        wire.Number((uint)_settings.Version);
        wire.Number((uint)(_settings.Version >= 6 ? MilterActions.All : MilterActions.All & ~MilterActions.SetMacroLists));
        wire.Number((uint)offered);
        wire.End();
        await wire.SendAsync(_settings.CommandTimeout, cancellationToken);
        var (reply, payload) = await wire.ReceiveAsync(_settings.CommandTimeout, cancellationToken);
        if ((byte)reply != (byte)MilterCommand.Negotiate)
        {
            throw new IOException("unexpected reply to the option negotiation");
        }

        ReadNegotiation(payload.Span, offered);
    }

    private void ReadNegotiation(ReadOnlySpan<byte> payload, MilterSteps offered)
    {
        var reader = new MilterPayload(payload);
        if (!reader.TryReadNumber(out var version) || !reader.TryReadNumber(out var actions) || !reader.TryReadNumber(out var steps)
            || version < MilterProtocol.OldestVersion || version > _settings.Version
            || ((MilterActions)actions & ~MilterActions.All) != 0 || ((MilterSteps)steps & ~offered) != 0)
        {
            throw new IOException("bad option negotiation");
        }

        _actions = (MilterActions)actions;
        _steps = (MilterSteps)steps;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadNumber(out var stage) || stage > (uint)MilterStage.Unknown || !reader.TryReadText(out var names))
            {
                throw new IOException("bad macro list in the option negotiation");
            }

            _macroLists[(MilterStage)stage] = MilterSettings.Names(names);
        }
    }

    private async ValueTask<MilterVerdict> TellAsync(
        MilterStage? stage, MilterCommand command, MilterSteps unwanted, MilterSteps unanswered,
        MilterMacroSource? macros, Action<MilterWire> write, CancellationToken cancellationToken)
    {
        if (_failure is { } failure)
        {
            return failure;
        }

        if (IsDone || _wire == null || (_steps & unwanted) != 0)
        {
            return MilterVerdict.Continue;
        }

        var timeout = command is MilterCommand.Header or MilterCommand.Body or MilterCommand.EndOfHeaders
            ? _settings.ContentTimeout
            : _settings.CommandTimeout;
        try
        {
            if (stage != null && macros != null)
            {
                WriteMacros(stage.Value, command, macros);
            }

            _wire.Begin(command);
            write(_wire);
            _wire.End();
            await _wire.SendAsync(timeout, cancellationToken);
            if ((_steps & unanswered) != 0)
            {
                return MilterVerdict.Continue;
            }

            while (true)
            {
                var (reply, payload) = await _wire.ReceiveAsync(timeout, cancellationToken);
                if (reply == MilterReply.Skip && command == MilterCommand.Body)
                {
                    _skipsBody = true;
                    return MilterVerdict.Continue;
                }

                if (reply == MilterReply.Accept)
                {
                    _acceptsSession |= command is MilterCommand.Connect or MilterCommand.Helo;
                    _acceptsMessage = true;
                    return MilterVerdict.Continue;
                }

                if (Decide(reply, payload.Span) is { } verdict)
                {
                    return verdict;
                }
            }
        }
        catch (IOException e)
        {
            return Fail(e);
        }
    }

    // The verdict of a reply, or null when the milter only asks for more time.
    private static MilterVerdict? Decide(MilterReply reply, ReadOnlySpan<byte> payload) => reply switch
    {
        MilterReply.Progress => null,
        MilterReply.Continue or MilterReply.Accept => MilterVerdict.Continue,
        MilterReply.Discard => MilterVerdict.Discard,
        MilterReply.Reject => MilterVerdict.Reject,
        MilterReply.TemporaryFailure => MilterVerdict.TemporaryFailure,
        MilterReply.Shutdown or MilterReply.ConnectionFailure => MilterVerdict.Shutdown,
        MilterReply.ReplyCode => MilterReplyText.Read(payload) is { } text
            ? text.StartsWith("421", StringComparison.Ordinal) ? new MilterVerdict(MilterDecision.Shutdown, text) : new MilterVerdict(MilterDecision.Reply, text)
            : throw new IOException("malformed reply text"),
        _ => throw new IOException($"unexpected reply {(int)reply}"),
    };

    private void WriteMacros(MilterStage stage, MilterCommand command, MilterMacroSource macros)
    {
        if (!_macroLists.TryGetValue(stage, out var names) || names.Count == 0)
        {
            return;
        }

        var wire = _wire!; // the caller checked
        wire.Begin(MilterCommand.Macros);
        wire.Octets([(byte)command]);
        foreach (var name in names)
        {
            if (macros(name) is { } value)
            {
                wire.Text(name);
                wire.Text(value);
            }
        }

        wire.End();
    }

    private void CheckAllowed(MilterReply reply)
    {
        var needed = reply switch
        {
            MilterReply.AddHeader or MilterReply.InsertHeader => MilterActions.AddHeaders,
            MilterReply.ChangeHeader => MilterActions.ChangeHeaders,
            MilterReply.ReplaceBody => MilterActions.ChangeBody,
            MilterReply.AddRecipient => MilterActions.AddRecipients,
            MilterReply.AddRecipientWithArguments => MilterActions.AddRecipientsWithArguments,
            MilterReply.DeleteRecipient => MilterActions.DeleteRecipients,
            MilterReply.ChangeSender => MilterActions.ChangeSender,
            _ => MilterActions.None,
        };
        if ((_actions & needed) != needed)
        {
            throw new IOException($"edit {(char)reply} was not negotiated");
        }
    }

    private async ValueTask SayAsync(MilterCommand command, CancellationToken cancellationToken)
    {
        if (_wire == null || _failure != null)
        {
            return;
        }

        try
        {
            _wire.Begin(command);
            _wire.End();
            await _wire.SendAsync(_settings.CommandTimeout, cancellationToken);
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    private MilterVerdict Fail(IOException e)
    {
        _warn($"milter {_settings.Endpoint}: {e.Message}");
        Dispose();
        var verdict = _settings.DefaultAction switch
        {
            MilterDefaultAction.Accept => MilterVerdict.Continue,
            MilterDefaultAction.Reject => MilterVerdict.Reject,
            MilterDefaultAction.Quarantine => new MilterVerdict(MilterDecision.Quarantine, "default_action"),
            MilterDefaultAction.Shutdown => MilterVerdict.Shutdown,
            _ => MilterVerdict.TemporaryFailure,
        };
        _failure = verdict;
        return verdict;
    }
}
