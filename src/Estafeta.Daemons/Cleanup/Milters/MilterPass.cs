using Estafeta.Mail.Envelopes;
using Estafeta.Net.Milter;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The milters' pass over one message: those smtpd handed over, or non_smtpd_milters. What they decide about the message goes to edits and
/// verdict, what they change into the message.
/// </summary>
internal sealed class MilterPass(
    CleanupConfiguration configuration, CleanupRequest request, EnvelopeEdits edits, CleanupVerdict verdict, string queueId, TimeProvider time)
{
    /// <returns>The envelope sender a milter wants instead; null for no change.</returns>
    public async ValueTask<string?> RunAsync(
        IReadOnlyList<MilterHandoff> handoffs,
        string sender,
        List<EnvelopeRecipient> recipients,
        ContentWriter content,
        CancellationToken cancellationToken)
    {
        var sessions = new List<(MilterSession Session, MilterMacroSource Macros)>();
        var ownSessions = handoffs.Count == 0;
        try
        {
            if (ownSessions)
            {
                var early = await configuration.Milters.BeginAsync(queueId, sender, recipients, sessions, time, cancellationToken);
                if (!Take(early, sender, recipients))
                {
                    return null;
                }
            }
            else
            {
                sessions.AddRange(handoffs.Select(h => (
                    MilterSession.Resume(h.Settings, h.State, h.Connection, time, configuration.Log.Warning),
                    (MilterMacroSource)h.Macros.GetValueOrDefault)));
            }

            var message = new MilteredMessage(content, recipients);
            var runner = new MilterContentRunner(message, content)
            {
                OnEdited = token => CheckMadeHeadersAsync(message, sender, recipients, token),
            };
            var last = await runner.RunAsync(sessions, cancellationToken);
            Take(last, "END-OF-MESSAGE", sender, recipients);
            return message.NewSender;
        }
        finally
        {
            // Sessions that were handed over go on in smtpd.
            for (var i = 0; ownSessions && i < sessions.Count; i++)
            {
                await sessions[i].Session.QuitAsync(cancellationToken);
            }
        }
    }

    /// <summary>milter_header_checks: what milters make is content, too.</summary>
    private async ValueTask CheckMadeHeadersAsync(
        MilteredMessage message, string sender, List<EnvelopeRecipient> recipients, CancellationToken cancellationToken)
    {
        var table = configuration.Milters.HeaderChecks;
        foreach (var made in message.TakeMade())
        {
            if (table.IsEmpty || !verdict.IsOk)
            {
                return;
            }

            var text = made.AsMemory()[..^1];
            if (await table.FindAsync(text, true, cancellationToken) is not { } action)
            {
                verdict.RefuseUnchecked(table.Name, queueId, configuration.Log);
                return;
            }

            ApplyCheck(message, made, action);
            if (action.LogWord is { } word)
            {
                Log($"header-{word}", "END-OF-MESSAGE", RawText.Decode(text.Span), sender, recipients);
            }
        }
    }

    private void ApplyCheck(MilteredMessage message, byte[] made, ContentAction action)
    {
        switch (action.Kind)
        {
            case ContentActionKind.Ignore or ContentActionKind.Strip:
                message.Exchange(made, null);
                break;
            case ContentActionKind.Replace:
                message.Exchange(made, RawText.Encode(action.Text + "\n"));
                break;
            case ContentActionKind.Reject:
                verdict.RefuseContent(action.Text, configuration.Log);
                break;
            default:
                edits.Add(action);
                break;
        }
    }

    // Nobody is there who could leave out the one recipient, and the others' mail is not to come back for it: the message waits until somebody
    // has mended the milter, as with Postfix.
    private bool Take(EnvelopeVerdict early, string sender, List<EnvelopeRecipient> recipients)
    {
        var told = recipients[..early.Told];
        if (early.Stage != EnvelopeVerdict.AtRecipient || early.Verdict.Decision is MilterDecision.Quarantine or MilterDecision.Discard)
        {
            return Take(early.Verdict, early.Stage, sender, told);
        }

        Log("reject", early.Stage, early.Verdict.LogText[4..], sender, told);
        configuration.Log.Warning($"{queueId}: milter configuration error: can't reject recipient in non-smtpd(8) submission");
        configuration.Log.Warning($"{queueId}: message not accepted, try again later");
        verdict.Refuse(CleanupOutcome.Temporary, "4.3.5 Server configuration error");
        return false;
    }

    /// <returns>Whether to go on.</returns>
    private bool Take(MilterVerdict decision, string stage, string sender, List<EnvelopeRecipient> recipients)
    {
        switch (decision.Decision)
        {
            case MilterDecision.Continue:
                return true;
            case MilterDecision.Quarantine:
                Log("hold", stage, decision.Reply.Length > 0 ? decision.Reply : "milter triggers HOLD action", sender, recipients);
                edits.Add(new EnvelopeEdit(EnvelopeEditKind.Hold, decision.Reply));
                return true;
            case MilterDecision.Discard:
                Log("discard", stage, "milter triggers DISCARD action", sender, recipients);
                edits.Add(new EnvelopeEdit(EnvelopeEditKind.Discard, ""));
                return false;
            default:
                Log("reject", stage, decision.LogText[4..], sender, recipients);
                verdict.Refuse(decision.Reply.StartsWith('4') ? CleanupOutcome.Temporary : CleanupOutcome.Rejected, decision.Reply);
                return false;
        }
    }

    private void Log(string action, string stage, string text, string sender, List<EnvelopeRecipient> recipients)
    {
        var client = request.Client;
        var name = client.Address.Length > 0 ? $"{client.Name}[{client.Address}]" : "localhost[127.0.0.1]";
        configuration.Log.Info($"{queueId}: milter-{action}: {stage} from {name}: {text}; from=<{configuration.Settings.Addresses.Of(sender)}>"
            + (recipients.Count > 0 ? $" to=<{configuration.Settings.Addresses.Of(recipients[^1].Address)}>" : "")
            + (client.Protocol.Length > 0 ? $" proto={client.Protocol}" : "")
            + (client.Helo.Length > 0 ? $" helo=<{client.Helo}>" : ""));
    }
}
