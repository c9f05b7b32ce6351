using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.ContentChecks;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Takes the content of one message apart and gives each piece to who is responsible: the message's own headers, the headers of
/// parts and nested messages, everything else. In simple messages what follows the headers is not looked at again.
/// </summary>
internal sealed class ContentCleaner
{
    private readonly CleanupConfiguration _configuration;
    private readonly HeaderCleaner _headers;
    private readonly BodyCleaner _body;
    private readonly HeadWriter _head;
    private readonly ContentInspector _inspector;
    private readonly bool _isUtf8Allowed;
    private readonly MimeScanner _scanner;
    private readonly MimeConverter? _converter;
    private MimeProblems _reported;
    private bool _owesEmptyLine;

    public ContentCleaner(
        CleanupConfiguration configuration, HeaderCleaner headers, BodyCleaner body, HeadWriter head, ContentInspector inspector, bool isUtf8Allowed)
    {
        _configuration = configuration;
        _headers = headers;
        _body = body;
        _head = head;
        _inspector = inspector;
        _isUtf8Allowed = isUtf8Allowed;
        var settings = configuration.Settings;
        _scanner = new MimeScanner(
            settings.HeaderSizeLimit, settings.MimeBoundaryLengthLimit, settings.MimeNestingLimit, ignoresStructure: !settings.ReadsMime);
        _converter = settings.ForceMimeInputConversion && settings.ReadsMime ? new MimeConverter(_scanner) : null;
        _reported = (configuration.Checks.StrictEncodingDomain ? MimeProblems.None : MimeProblems.EncodedStructure)
            | (configuration.Checks.RefusesDeepNesting ? MimeProblems.None : MimeProblems.NestingTooDeep);
    }

    /// <summary>Called once, after the last header of the message itself: what is missing is added then.</summary>
    public required Action OnHeadersEnd { get; init; }

    /// <summary>Whether what follows still matters: a refusal or a DISCARD ends the work at once, whatever stands in the same piece.</summary>
    public required Func<bool> IsWanted { get; init; }

    /// <param name="content">The next piece, any size.</param>
    /// <param name="isLast">Nothing comes after it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, bool isLast, CancellationToken cancellationToken)
    {
        while (IsWanted())
        {
            var element = _converter?.Read(ref content, isLast) ?? _scanner.Read(ref content, isLast);
            switch (element.Kind)
            {
                case MimeElementKind.NeedsInput:
                    return;
                case MimeElementKind.Header when element.Section == MimeSection.Primary:
                    CheckHeader(element.Field);
                    await _headers.HandleAsync(element.Field, cancellationToken);
                    break;
                case MimeElementKind.Header:
                    CheckHeader(element.Field);
                    await WritePartHeaderAsync(element, cancellationToken);
                    break;
                case MimeElementKind.EndOfHeaders:
                    await EndHeadersAsync(element, cancellationToken);
                    break;
                case MimeElementKind.Body:
                    SupplyEmptyLine(element.Octets.Span);
                    await _body.WriteAsync(element, cancellationToken);
                    break;
                case MimeElementKind.End:
                    await _body.FinishAsync(cancellationToken);
                    return;
            }

            ReportProblems();
        }
    }

    private async ValueTask EndHeadersAsync(MimeElement element, CancellationToken cancellationToken)
    {
        if (element.Section != MimeSection.Primary)
        {
            await _body.WriteUncheckedAsync(element.Octets, cancellationToken);
            return;
        }

        OnHeadersEnd();
        _head.Write(element.Octets.Span);
        _owesEmptyLine = element.Octets.IsEmpty;
    }

    private async ValueTask WritePartHeaderAsync(MimeElement element, CancellationToken cancellationToken)
    {
        SupplyEmptyLine(element.Octets.Span);
        var action = await _inspector.InspectHeaderAsync(element.Field, element.Section, cancellationToken);
        switch (action.Kind)
        {
            case ContentActionKind.Ignore or ContentActionKind.Strip:
                return;
            case ContentActionKind.Replace:
                await _body.WriteUncheckedAsync(System.Text.Encoding.UTF8.GetBytes(action.Text + "\n"), cancellationToken);
                return;
            case ContentActionKind.Prepend:
                await _body.WriteUncheckedAsync(System.Text.Encoding.UTF8.GetBytes(action.Text + "\n"), cancellationToken);
                break;
        }

        await _body.WriteUncheckedAsync(element.Octets, cancellationToken);
    }

    /// <summary>The header section ended at a line that is neither header nor empty: the empty line is put in before it.</summary>
    private void SupplyEmptyLine(ReadOnlySpan<byte> next)
    {
        if (_owesEmptyLine)
        {
            _owesEmptyLine = false;
            RepairEndOfHeaders(next);
        }
    }

    private void RepairEndOfHeaders(ReadOnlySpan<byte> next)
    {
        switch (_configuration.Settings.NonEmptyEndOfHeader)
        {
            case EndOfHeaderAction.Reject:
                _inspector.RefuseMime("message header was not terminated by empty line", Line(next));
                break;
            case EndOfHeaderAction.AddHeader:
                _head.WriteLine("MIME-Error: message header was not terminated by empty line");
                break;
        }

        _head.Write("\n"u8);
    }

    private void CheckHeader(HeaderField field)
    {
        if (_configuration.Checks.Strict7BitHeaders && !_isUtf8Allowed && !System.Text.Ascii.IsValid(field.Text))
        {
            _inspector.RefuseMime("improper use of 8-bit data in message header", Tables.Text.RawText.Decode(field.Text));
        }
    }

    private void ReportProblems()
    {
        var news = _scanner.Problems & ~_reported;
        if (news == MimeProblems.None)
        {
            return;
        }

        _reported |= news;
        _inspector.RefuseMime(
            news.HasFlag(MimeProblems.NestingTooDeep) ? "MIME nesting exceeds safety limit" : "invalid message/* or multipart/* encoding domain",
            _scanner.ProblemDetail);
    }

    private static string Line(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        return Tables.Text.RawText.Decode(end < 0 ? octets : octets[..end]);
    }
}
