using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Shows the lines of one message to the content tables, does what they say about the message as a whole, logs it, and tells the
/// caller what to do with the line. After PASS, and once the message is refused, nothing is looked at any more.
/// </summary>
internal sealed class ContentInspector(
    CleanupConfiguration configuration, EnvelopeEdits edits, CleanupVerdict verdict, MessageOrigin origin, string queueId, bool isEnabled)
{
    private const int LoggedOctets = 200;
    private readonly ContentChecks _checks = configuration.Checks;

    /// <summary>A PASS action was met: milters do not see the message either.</summary>
    public bool IsPassed { get; private set; }

    public bool LooksAtBody => IsLooking && !_checks.Body.IsEmpty;

    private bool IsLooking => isEnabled && !IsPassed && verdict.IsOk && !edits.Discard;

    public ValueTask<ContentAction> InspectHeaderAsync(HeaderField field, MimeSection section, CancellationToken cancellationToken)
    {
        var table = _checks.TableFor(field, section);
        return !IsLooking || table.IsEmpty
            ? new ValueTask<ContentAction>(ContentAction.None)
            : InspectAsync(table, field.Octets[..field.Text.Length], true, cancellationToken);
    }

    public ValueTask<ContentAction> InspectBodyAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken) =>
        InspectAsync(_checks.Body, line, false, cancellationToken);

    /// <summary>A structure that strict_… or mime_nesting_limit forbids.</summary>
    public void RefuseMime(string problem, string detail)
    {
        if (verdict.IsOk)
        {
            configuration.Log.Info($"{queueId}: reject: mime-error {problem}: {Cut(detail)} {origin.Short}");
            verdict.Refuse(CleanupOutcome.Rejected, $"5.6.0 {problem}");
        }
    }

    /// <summary>message_reject_characters, message_strip_characters: not for mail that is not filtered.</summary>
    public bool LooksAtCharacters => isEnabled && configuration.Settings.Characters != null;

    /// <summary>An octet of message_reject_characters.</summary>
    public void RefuseCharacter(ReadOnlySpan<byte> line)
    {
        const string Problem = "5.7.1 disallowed character";
        if (verdict.IsOk)
        {
            configuration.Log.Info(
                $"{queueId}: reject: content {Cut(RawText.Decode(line[..Math.Min(line.Length, LoggedOctets)]))} {origin.Full}: {Problem}");
            verdict.Refuse(CleanupOutcome.Rejected, Problem);
        }
    }

    private async ValueTask<ContentAction> InspectAsync(
        ContentTable table, ReadOnlyMemory<byte> text, bool isHeader, CancellationToken cancellationToken)
    {
        if (await table.FindAsync(text, isHeader, cancellationToken) is not { } action)
        {
            verdict.RefuseUnchecked(table.Name, queueId, configuration.Log);
            return ContentAction.None;
        }

        var remark = action.Text;
        switch (action.Kind)
        {
            case ContentActionKind.Reject:
                remark = verdict.RefuseContent(action.Text, configuration.Log);
                break;
            case ContentActionKind.Hold when edits.Hold:
                return action;
            case ContentActionKind.Pass:
                IsPassed = true;
                break;
        }

        edits.Add(action);

        Log(action, isHeader, text, remark);
        return action;
    }

    private void Log(ContentAction action, bool isHeader, ReadOnlyMemory<byte> text, string remark)
    {
        if (action.LogWord is not { } word)
        {
            return;
        }

        var line = Cut(RawText.Decode(text.Span[..Math.Min(text.Length, LoggedOctets)]));
        configuration.Log.Info(
            $"{queueId}: {word}: {(isHeader ? "header" : "body")} {line} {origin.Full}{(remark.Length > 0 ? ": " + remark : "")}");
    }

    private static string Cut(string text) => text.Length > LoggedOctets ? text[..LoggedOctets] : text;
}
