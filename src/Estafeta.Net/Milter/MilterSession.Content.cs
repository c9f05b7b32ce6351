namespace Estafeta.Net.Milter;

/// <summary>
/// The content of a message: headers, body, and the end, where the milter edits the message. What does not depend on its answers is
/// prepared in turns, so that a connection of another process is asked to take many of them at once.
/// </summary>
public sealed partial class MilterSession
{
    private const int PieceOctets = 32 * 1024;

    // Turns leave when they are so many octets, or the content is at its end.
    private const int TurnOctets = 128 * 1024;

    // The turns that are ready, and the command each ends in.
    private readonly List<MilterTurn> _turns = [];
    private readonly List<MilterCommand> _commands = [];

    // What the milter has seen enough of in this message.
    private MilterSteps _skipped;

    /// <param name="headers">
    /// Name and value: without the line end; folds are LF and white space; the space after the colon included.
    /// </param>
    /// <param name="openBody">With LF line ends. Called when the milter wants to see it.</param>
    /// <param name="edits">Hears what the milter changes.</param>
    /// <param name="macros">Of the end of headers, and of the message; as Postfix has it, the former go with each header, too, the latter with each piece of body.</param>
    /// <param name="cancellationToken">Ends the session's part, and its connection.</param>
    public async ValueTask<MilterVerdict> ContentAsync(
        IEnumerable<(string Name, string Value)> headers,
        Func<Stream> openBody,
        IMilterEdits edits,
        MilterMacroSource macros,
        CancellationToken cancellationToken)
    {
        if (_failure is { } failure)
        {
            return failure;
        }

        if (IsDone || _wire == null)
        {
            return MilterVerdict.Continue;
        }

        var wire = _wire;
        _skipped = MilterSteps.None;
        try
        {
            return await ShowHeadAsync(wire, headers, macros, cancellationToken)
                ?? await ShowBodyAsync(wire, openBody, macros, cancellationToken)
                ?? await EndAsync(wire, edits, macros, cancellationToken);
        }
        finally
        {
            // After an early verdict there are some that nobody wants to hear.
            wire.ForgetTurns();
            _turns.Clear();
            _commands.Clear();
        }
    }

    // Each of these is null as long as the milter wants to go on.
    private async ValueTask<MilterVerdict?> ShowHeadAsync(
        MilterWire wire, IEnumerable<(string Name, string Value)> headers, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in headers)
        {
            if (!Wants(MilterSteps.NoHeaders))
            {
                break;
            }

            WriteMacros(MilterStage.EndOfHeaders, MilterCommand.Header, macros);
            wire.Begin(MilterCommand.Header);
            wire.Text(name);
            wire.Text((_steps & MilterSteps.HeaderLeadingSpace) == 0 && value.StartsWith(' ') ? value[1..] : value);
            if (await EndTurnAsync(wire, MilterCommand.Header, MilterSteps.NoReplyHeader, cancellationToken) is { } verdict)
            {
                return verdict;
            }
        }

        if (!Wants(MilterSteps.NoEndOfHeaders))
        {
            return null;
        }

        WriteMacros(MilterStage.EndOfHeaders, MilterCommand.EndOfHeaders, macros);
        wire.Begin(MilterCommand.EndOfHeaders);
        return await EndTurnAsync(wire, MilterCommand.EndOfHeaders, MilterSteps.NoReplyEndOfHeaders, cancellationToken);
    }

    private async ValueTask<MilterVerdict?> ShowBodyAsync(MilterWire wire, Func<Stream> openBody, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        if (!Wants(MilterSteps.NoBody))
        {
            return null;
        }

        // A piece of nothing but line ends doubles; it must still fit into a packet.
        var piece = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceOctets);
        try
        {
            await using var body = openBody();
            int read;
            while (Wants(MilterSteps.NoBody) && (read = await body.ReadAsync(piece.AsMemory(0, MilterProtocol.MaxChunk / 2), cancellationToken)) > 0)
            {
                WriteMacros(MilterStage.EndOfBody, MilterCommand.Body, macros);
                wire.Begin(MilterCommand.Body);
                wire.Lines(piece.AsSpan(0, read));
                if (await EndTurnAsync(wire, MilterCommand.Body, MilterSteps.NoReplyBody, cancellationToken) is { } verdict)
                {
                    return verdict;
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }

        return null;
    }

    /// <summary>The end of the message: the milter edits it, then gives its last word.</summary>
    private async ValueTask<MilterVerdict> EndAsync(
        MilterWire wire, IMilterEdits edits, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        WriteMacros(MilterStage.EndOfBody, MilterCommand.EndOfBody, macros);
        wire.Begin(MilterCommand.EndOfBody);
        wire.End();
        AddTurn(wire, MilterCommand.EndOfBody);
        if (await TakeTurnsAsync(wire, cancellationToken) is { } early)
        {
            return early;
        }

        if (_turns.Count == 0)
        {
            _acceptsMessage = true; // by "continue": there is nothing to change
            return MilterVerdict.Continue;
        }

        return await HearEditsAsync(wire, edits, cancellationToken);
    }

    private async ValueTask<MilterVerdict> HearEditsAsync(MilterWire wire, IMilterEdits edits, CancellationToken cancellationToken)
    {
        var isReplacing = false;
        var held = MilterVerdict.Continue;
        try
        {
            while (true)
            {
                var (reply, payload) = await wire.ReceiveAsync(_settings.ContentTimeout, cancellationToken);
                if (reply == MilterReply.Quarantine)
                {
                    held = new MilterVerdict(MilterDecision.Quarantine, ReadText(payload));
                }
                else if (MilterEditReader.TryApply(reply, payload.Span, (_steps & MilterSteps.HeaderLeadingSpace) != 0, edits, ref isReplacing))
                {
                    CheckAllowed(reply);
                }
                else if (Decide(MilterCommand.EndOfBody, reply, payload.Span) is { } verdict)
                {
                    _acceptsMessage = true;
                    return verdict.IsContinue ? held : Settle(MilterCommand.EndOfBody, verdict);
                }
            }
        }
        catch (IOException e)
        {
            // Half an edited message must never go out as accepted, whatever the default action says.
            var verdict = FailToRead(MilterCommand.EndOfBody, e);
            return isReplacing && verdict.Decision is MilterDecision.Continue or MilterDecision.Quarantine ? MilterVerdict.TemporaryFailure : verdict;
        }
    }

    private bool Wants(MilterSteps unwanted) => ((_steps | _skipped) & unwanted) == 0;

    private ValueTask<MilterVerdict?> EndTurnAsync(MilterWire wire, MilterCommand command, MilterSteps unanswered, CancellationToken cancellationToken)
    {
        wire.End();
        if ((_steps & unanswered) == 0)
        {
            AddTurn(wire, command);
        }

        return wire.Pending < TurnOctets ? new((MilterVerdict?)null) : TakeTurnsAsync(wire, cancellationToken);
    }

    private void AddTurn(MilterWire wire, MilterCommand command)
    {
        _turns.Add(wire.EndTurn());
        _commands.Add(command);
    }

    /// <summary>
    /// Takes the turns that are ready. Null when the milter wants to go on, or when it has something to say at the end: then that turn is
    /// left.
    /// </summary>
    private async ValueTask<MilterVerdict?> TakeTurnsAsync(MilterWire wire, CancellationToken cancellationToken)
    {
        while (_turns.Count > 0)
        {
            var result = await wire.TakeTurnsAsync(_turns, _settings.ContentTimeout, cancellationToken);
            DropTurns(result.Continued);
            if (_turns.Count == 0)
            {
                break;
            }

            var command = _commands[0];
            if (result.Trouble != null)
            {
                return FailToRead(command, result.Trouble);
            }

            if (command == MilterCommand.EndOfBody)
            {
                return null;
            }

            DropTurns(1);
            if (await HearTurnAsync(wire, command, cancellationToken) is { } verdict)
            {
                return verdict;
            }
        }

        return await SendUnansweredAsync(wire, cancellationToken);
    }

    private async ValueTask<MilterVerdict?> HearTurnAsync(MilterWire wire, MilterCommand command, CancellationToken cancellationToken)
    {
        try
        {
            var verdict = await HearAsync(wire, command, _settings.ContentTimeout, cancellationToken);
            return verdict.IsContinue && !IsDone ? null : verdict;
        }
        catch (IOException e)
        {
            return FailToRead(command, e);
        }
    }

    private async ValueTask<MilterVerdict?> SendUnansweredAsync(MilterWire wire, CancellationToken cancellationToken)
    {
        try
        {
            await wire.SendRestAsync(_settings.ContentTimeout, cancellationToken);
            return null;
        }
        catch (IOException e)
        {
            return FailToRead(MilterCommand.Body, e);
        }
    }

    private void DropTurns(int count)
    {
        _turns.RemoveRange(0, count);
        _commands.RemoveRange(0, count);
    }

    private void SkipTurns(MilterCommand command)
    {
        _skipped |= command == MilterCommand.Body ? MilterSteps.NoBody : MilterSteps.NoHeaders;
        for (var i = _commands.Count - 1; i >= 0; i--)
        {
            if (_commands[i] == command)
            {
                _turns.RemoveAt(i);
                _commands.RemoveAt(i);
            }
        }
    }

    private static string ReadText(ReadOnlyMemory<byte> payload)
    {
        var reader = new MilterPayload(payload.Span);
        return reader.TryReadText(out var text) ? MilterReplyText.Printable(text) : throw new MilterProtocolException("malformed quarantine request");
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
            throw new MilterProtocolException($"unexpected filter response {MilterNames.Of(reply)} after event {MilterNames.Of(MilterCommand.EndOfBody)}");
        }
    }
}
