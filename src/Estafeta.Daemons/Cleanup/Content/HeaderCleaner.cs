using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Handles the headers of one message in order: counts hops, notes what is there, drops what must not travel, rewrites addresses
/// in mail from this site, and in the end adds what is missing. Headers that need nothing are copied as they are.
/// </summary>
internal sealed class HeaderCleaner(
    CleanupConfiguration configuration, HeaderContext context, HeadWriter head, ContentInspector inspector, CleanupVerdict verdict, string queueId)
{
    private readonly CleanupSettings _settings = configuration.Settings;
    private readonly AddressHeaderRewriter? _addresses = context.RewritesHeaders
        ? new AddressHeaderRewriter(configuration, context.IsLocal, verdict, queueId)
        : null;

    private int _hops;

    /// <summary>What has been seen, for the missing headers.</summary>
    public SeenHeaders Seen { get; } = new();

    public async ValueTask HandleAsync(HeaderField field, CancellationToken cancellationToken)
    {
        field = EndAtNul(field);
        var action = await inspector.InspectHeaderAsync(field, MimeSection.Primary, cancellationToken);
        switch (action.Kind)
        {
            case ContentActionKind.Ignore or ContentActionKind.Strip:
                return;
            case ContentActionKind.Prepend:
                head.WriteLine(action.Text);
                break;
            case ContentActionKind.Replace when HeaderField.TryParse(Encoding.UTF8.GetBytes(action.Text + "\n"), out var replacement):
                field = replacement;
                break;
        }

        Seen.Note(field);
        if (!IsDropped(field))
        {
            await CleanAsync(field, cancellationToken);
        }
    }

    /// <summary>After the last header: adds what is missing. The empty line is the caller's.</summary>
    /// <param name="missing">What a message must have.</param>
    /// <param name="requiresTls">The sender's REQUIRETLS is written into the message, so that it comes through filters that do not know it.</param>
    public void Finish(MissingHeaders missing, bool requiresTls)
    {
        if (requiresTls && !Seen.IsRequireTlsYes)
        {
            head.WriteLine("Require-TLS-ESMTP: yes");
        }

        if (context.RewritesHeaders || _settings.AlwaysAddMissingHeaders)
        {
            missing.Add(Seen, head);
        }

        if (!Seen.HasMessageId)
        {
            configuration.Log.Info($"{queueId}: message-id=<>");
        }
    }

    private async ValueTask CleanAsync(HeaderField field, CancellationToken cancellationToken)
    {
        switch (field.Kind)
        {
            case HeaderKind.Received when ++_hops >= _settings.HopcountLimit && verdict.IsOk:
                configuration.Log.Warning($"{queueId}: message rejected: hopcount exceeded");
                verdict.Refuse(CleanupOutcome.TooManyHops);
                break;
            case HeaderKind.MessageId:
                LogMessageId("message-id", field);
                break;
            case HeaderKind.ResentMessageId:
                LogMessageId("resent-message-id", field);
                break;
        }

        if (_addresses != null && (field.Traits & (HeaderTraits.Sender | HeaderTraits.Recipient)) != 0
            && await _addresses.RewriteAsync(field, cancellationToken) is { } rewritten)
        {
            head.Write(rewritten);
            return;
        }

        head.Write(field.Octets.Span);
        if (field.Octets.Span[^1] != (byte)'\n')
        {
            head.Write("\n"u8);
        }
    }

    private bool IsDropped(HeaderField field) =>
        field.Kind != HeaderKind.Other
            ? _settings.DropKinds.Contains(field.Kind)
            : _settings.DropHeaders.Count > _settings.DropKinds.Count
                && _settings.DropHeaders.Contains(Encoding.Latin1.GetString(field.Name).ToLowerInvariant());

    private void LogMessageId(string what, HeaderField field) =>
        configuration.Log.Info($"{queueId}: {what}={RawText.Decode(field.Value)}");

    /// <summary>A header ends at a NUL: what is behind it would be seen by some and not by others.</summary>
    private static HeaderField EndAtNul(HeaderField field)
    {
        var nul = field.Octets.Span.IndexOf((byte)0);
        return nul > 0 && HeaderField.TryParse(field.Octets[..nul], out var shorter) ? shorter : field;
    }
}

/// <summary>Which headers may be touched: local_header_rewrite_clients and remote_header_rewrite_domain.</summary>
/// <param name="IsLocal">Complete addresses with $myorigin; otherwise with remote_header_rewrite_domain.</param>
/// <param name="RewritesHeaders">False for mail from elsewhere when remote_header_rewrite_domain is empty: nothing is changed or added.</param>
internal readonly record struct HeaderContext(bool IsLocal, bool RewritesHeaders);
