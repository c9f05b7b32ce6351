using System.Runtime.CompilerServices;

namespace Estafeta.Net.Milter;

/// <summary>
/// One milter during one SMTP session. Each method is one event of the session; it sends the macros of the stage, the event, and
/// waits for the verdict unless the milter said it would not give one. When the milter fails its default action is the verdict, for
/// this event and the rest of the session.
/// </summary>
public sealed partial class MilterSession : IDisposable
{
    private readonly MilterSettings _settings;
    private readonly Action<string> _warn;
    private readonly TimeProvider _time;
    private MilterWire? _wire;
    private MilterActions _actions;
    private MilterSteps _steps;

    // Events that its version does not have.
    private MilterSteps _absent;
    private Dictionary<MilterStage, IReadOnlyList<string>> _macroLists;
    private MilterVerdict? _failure;
    private bool _acceptsSession;
    private bool _acceptsMessage;
    private bool _hasMessage;

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

    /// <summary>The connection, through which whoever goes on with the message reaches the milter; null when there is none.</summary>
    public MilterTransport? Connection => _wire?.Transport;

    private bool IsDone => _acceptsSession || _acceptsMessage;

    /// <summary>There is something left to ask it about the message: it is there, and neither failed nor accepted already.</summary>
    public bool IsListening => _wire != null && _failure == null && !IsDone;

    /// <summary>The names of the macros it wants to see at a stage.</summary>
    public IReadOnlyList<string> MacroNames(MilterStage stage) => _macroLists.GetValueOrDefault(stage, []);

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
        _hasMessage = true;
        return TellAsync(
            MilterStage.Mail, MilterCommand.Mail, MilterSteps.NoMail, MilterSteps.NoReplyMail, macros, wire => Texts(wire, arguments), cancellationToken);
    }

    public ValueTask<MilterVerdict> RecipientAsync(IReadOnlyList<string> arguments, MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Recipient, MilterCommand.Recipient, MilterSteps.NoRecipient, MilterSteps.NoReplyRecipient, macros, wire => Texts(wire, arguments), cancellationToken);

    public ValueTask<MilterVerdict> DataAsync(MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Data, MilterCommand.Data, MilterSteps.NoData, MilterSteps.NoReplyData, macros, static _ => { }, cancellationToken);

    public ValueTask<MilterVerdict> UnknownAsync(string command, MilterMacroSource macros, CancellationToken cancellationToken) => TellAsync(
        MilterStage.Unknown, MilterCommand.Unknown, MilterSteps.NoUnknown, MilterSteps.NoReplyUnknown, macros, wire => wire.Text(command), cancellationToken);

    /// <summary>The message is over without an end of body: RSET, a refused recipient list, a lost client.</summary>
    public ValueTask AbortAsync(CancellationToken cancellationToken) => EndMessage() ? SendQuietlyAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>The message is over, and the milter was most likely told of its end; it hears that it is, in any case, with the next event.</summary>
    /// <returns>Whether there was a message.</returns>
    public bool EndMessage()
    {
        var hadMessage = _hasMessage;
        _hasMessage = _acceptsMessage = false;
        if (!hadMessage || _wire == null)
        {
            return false;
        }

        _wire.Begin(MilterCommand.Abort);
        _wire.End();
        return true;
    }

    /// <summary>The client has greeted anew, or is to; the milter hears of it with the next event.</summary>
    public void ForgetGreeting()
    {
        if (_wire != null)
        {
            _wire.Begin(MilterCommand.Abort);
            _wire.End();
        }
    }

    /// <summary>Sends what waits for the next event, before somebody else uses the connection.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) =>
        _wire is { Pending: > 0 } ? SendQuietlyAsync(cancellationToken) : ValueTask.CompletedTask;

    public async ValueTask QuitAsync(CancellationToken cancellationToken)
    {
        if (_wire != null)
        {
            _wire.Begin(MilterCommand.Quit);
            _wire.End();
            await SendQuietlyAsync(cancellationToken);
        }

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
        catch (MilterProtocolException e)
        {
            // Trouble with the address names it itself.
            Fail(e.IsMisconfiguration ? e.Message : $"milter {_settings.Endpoint}: {e.Message}", e.IsMisconfiguration);
            return false;
        }
        catch (IOException e)
        {
            if (_wire == null)
            {
                Fail($"connect to Milter service {_settings.Endpoint}: {e.Message}");
                return false;
            }

            FailToRead(MilterCommand.Negotiate, e);
            _warn($"milter {_settings.Endpoint}: read error in initial handshake");
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
        wire.Number((uint)MilterActions.All);
        wire.Number((uint)offered);
        wire.End();
        await wire.SendAsync(_settings.CommandTimeout, cancellationToken);
        var (reply, payload) = await wire.ReceiveAsync(_settings.CommandTimeout, cancellationToken);
        if ((byte)reply != (byte)MilterCommand.Negotiate)
        {
            throw new MilterProtocolException($"unexpected reply \"{(char)reply}\" in initial handshake");
        }

        ReadNegotiation(payload.Span, offered);
    }

    private void ReadNegotiation(ReadOnlySpan<byte> payload, MilterSteps offered)
    {
        var reader = new MilterPayload(payload);
        if (!reader.TryReadNumber(out var version) || !reader.TryReadNumber(out var actions) || !reader.TryReadNumber(out var steps))
        {
            throw new MilterProtocolException("malformed reply in initial handshake");
        }

        if (version < MilterProtocol.OldestVersion || version > _settings.Version)
        {
            throw new MilterProtocolException($"protocol version {version} conflict with MTA protocol version {_settings.Version}");
        }

        if (((MilterActions)actions & ~MilterActions.All) != 0)
        {
            throw new MilterProtocolException($"request mask 0x{actions:x} conflict with MTA request mask 0x{(uint)MilterActions.All:x}");
        }

        _actions = (MilterActions)actions;

        _absent = ~offered & (MilterSteps.NoUnknown | MilterSteps.NoData);
        _steps = ((MilterSteps)steps & offered) | _absent;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadNumber(out var stage) || stage > (uint)MilterStage.Unknown || !reader.TryReadText(out var names))
            {
                throw new MilterProtocolException("malformed macro list in initial handshake");
            }

            _macroLists[(MilterStage)stage] = MilterSettings.Names(names);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MilterVerdict> TellAsync(
        MilterStage stage, MilterCommand command, MilterSteps unwanted, MilterSteps unanswered,
        MilterMacroSource macros, Action<MilterWire> write, CancellationToken cancellationToken)
    {
        if (_failure is { } failure)
        {
            return failure;
        }

        if (IsDone || _wire == null)
        {
            return MilterVerdict.Continue;
        }

        if ((_steps & unwanted) != 0)
        {
            // Filters look up later what they were told here, so the macros go with the next event. A version without the event has no macros of it.
            if ((_absent & unwanted) == 0)
            {
                WriteMacros(stage, command, macros);
            }

            return MilterVerdict.Continue;
        }

        try
        {
            WriteMacros(stage, command, macros);
            _wire.Begin(command);
            write(_wire);
            _wire.End();
            await _wire.SendAsync(_settings.CommandTimeout, cancellationToken);
            return (_steps & unanswered) != 0
                ? MilterVerdict.Continue
                : await HearAsync(_wire, command, _settings.CommandTimeout, cancellationToken);
        }
        catch (IOException e)
        {
            return FailToRead(command, e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MilterVerdict> HearAsync(MilterWire wire, MilterCommand command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (reply, payload) = await wire.ReceiveAsync(timeout, cancellationToken);
            if (reply == MilterReply.Skip && command is MilterCommand.Body or MilterCommand.Header)
            {
                SkipTurns(command);
                return MilterVerdict.Continue;
            }

            if (reply == MilterReply.Accept)
            {
                return Accept(command);
            }

            if (Decide(command, reply, payload.Span) is { } verdict)
            {
                return Settle(command, verdict);
            }
        }
    }

    private MilterVerdict Accept(MilterCommand command)
    {
        _acceptsMessage = command != MilterCommand.Unknown;
        if (IsAboutSession(command))
        {
            _acceptsSession = true;
            Dispose();
        }

        return MilterVerdict.Continue;
    }

    // What a milter says of the connection or the greeting holds for the session, so it is asked no more.
    private MilterVerdict Settle(MilterCommand command, MilterVerdict verdict)
    {
        if (verdict.Decision == MilterDecision.Discard)
        {
            if (IsAboutSession(command))
            {
                _warn($"milter {_settings.Endpoint}: DISCARD action is not allowed for connect or helo");
                return MilterVerdict.Continue;
            }

            _acceptsMessage = true;
        }
        else if (verdict.Decision == MilterDecision.Shutdown || (verdict.Decision == MilterDecision.Reply && IsAboutSession(command)))
        {
            _failure = verdict;
            Dispose();
        }

        return verdict;
    }

    private static bool IsAboutSession(MilterCommand command) => command is MilterCommand.Connect or MilterCommand.Helo;

    // The verdict of a reply, or null when the milter only asks for more time.
    private static MilterVerdict? Decide(MilterCommand command, MilterReply reply, ReadOnlySpan<byte> payload) => reply switch
    {
        MilterReply.Progress => null,
        MilterReply.Continue or MilterReply.Accept => MilterVerdict.Continue,
        MilterReply.Discard => MilterVerdict.Discard,
        MilterReply.Reject => MilterVerdict.Reject,
        MilterReply.TemporaryFailure => MilterVerdict.TemporaryFailure,
        MilterReply.Shutdown => MilterVerdict.Shutdown,
        MilterReply.ReplyCode => MilterReplyText.Read(payload) is { } text
            ? text.StartsWith("421", StringComparison.Ordinal) ? new MilterVerdict(MilterDecision.Shutdown, text) : new MilterVerdict(MilterDecision.Reply, text)
            : throw new MilterProtocolException($"malformed reply: {MilterReplyText.Cut(payload)}") { IsMisconfiguration = true },
        _ => throw new MilterProtocolException($"unexpected filter response {MilterNames.Of(reply)} after event {MilterNames.Of(command)}"),
    };

    // Without any values, too: those of the stage's last time are to be forgotten.
    private void WriteMacros(MilterStage stage, MilterCommand command, MilterMacroSource macros)
    {
        var wire = _wire!; // the caller checked
        wire.Begin(MilterCommand.Macros);
        wire.Octets([(byte)command]);
        foreach (var name in MacroNames(stage))
        {
            if (macros(name) is { } value)
            {
                wire.Text(name);
                wire.Text(value);
            }
        }

        wire.End();
    }

    private async ValueTask SendQuietlyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _wire!.SendAsync(_settings.CommandTimeout, cancellationToken); // the callers looked
        }
        catch (IOException)
        {
            // It went away by itself; the next event, if there is one, finds that out and says so.
        }
    }

    private MilterVerdict FailToRead(MilterCommand command, IOException e) => e is MilterProtocolException protocol
        ? Fail($"milter {_settings.Endpoint}: {e.Message}", protocol.IsMisconfiguration)
        : Fail($"milter {_settings.Endpoint}: can't read {MilterNames.Of(command)} reply packet header: {e.Message}");

    private MilterVerdict Fail(string warning, bool isMisconfiguration = false)
    {
        _warn(warning);
        Dispose();
        var verdict = _settings.DefaultAction switch
        {
            MilterDefaultAction.Accept => MilterVerdict.Continue,
            MilterDefaultAction.Quarantine => new MilterVerdict(MilterDecision.Quarantine, "default_action"),
            _ when isMisconfiguration => MilterVerdict.Misconfigured,
            MilterDefaultAction.Reject => MilterVerdict.Unavailable,
            MilterDefaultAction.Shutdown => MilterVerdict.Shutdown,
            _ => MilterVerdict.TemporaryFailure,
        };
        _failure = verdict;
        return verdict;
    }
}
