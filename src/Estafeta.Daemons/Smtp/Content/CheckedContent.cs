using System.Buffers;
using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// One message on its way through <see cref="OutgoingChecks"/>: octets in, octets out, any chunking. What comes out is valid until the next call.
/// Throws <see cref="ContentTableException"/> when a table is in trouble.
/// </summary>
internal sealed class CheckedContent(OutgoingChecks checks, string queueId, IMailLog log)
{
    private const int LoggedCharacters = 60;

    private readonly MimeScanner _scanner = new(checks.HeaderSizeLimit, checks.BoundaryLengthLimit, checks.NestingLimit);
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _continuesLine;

    /// <param name="octets">The next piece of the message.</param>
    /// <param name="isLast">Nothing comes after it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<ReadOnlyMemory<byte>> FilterAsync(ReadOnlyMemory<byte> octets, bool isLast, CancellationToken cancellationToken)
    {
        _output.ResetWrittenCount();
        while (true)
        {
            var element = _scanner.Read(ref octets, isLast);
            switch (element.Kind)
            {
                case MimeElementKind.NeedsInput:
                    return _output.WrittenMemory;
                case MimeElementKind.Header:
                    FlushLine();
                    await WriteHeaderAsync(element.Field, element.Section, cancellationToken);
                    break;
                case MimeElementKind.Body when !checks.Body.IsEmpty:
                    if (element.StartsSegment)
                    {
                        FlushLine();
                    }

                    await WriteLinesAsync(element.Octets, cancellationToken);
                    break;
                case MimeElementKind.End:
                    if (_line.WrittenCount > 0)
                    {
                        await WriteLineAsync(_line.WrittenMemory, false, cancellationToken);
                        _line.ResetWrittenCount();
                    }

                    return _output.WrittenMemory;
                default:
                    FlushLine();
                    _output.Write(element.Octets.Span);
                    break;
            }
        }
    }

    private async ValueTask WriteHeaderAsync(HeaderField field, MimeSection section, CancellationToken cancellationToken)
    {
        var action = await FindAsync(checks.TableFor(field, section), field.Octets[..field.Text.Length], true, cancellationToken);
        if (Apply(action))
        {
            _output.Write(field.Octets.Span);
        }
    }

    private async ValueTask WriteLinesAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (octets.Length > 0)
        {
            var end = octets.Span.IndexOf((byte)'\n');
            var length = end < 0 ? octets.Length : end;
            var room = checks.LineLengthLimit - _line.WrittenCount;
            if (length > room)
            {
                _line.Write(octets.Span[..room]);
                octets = octets[room..];
                await WriteLineAsync(_line.WrittenMemory, false, cancellationToken);
            }
            else if (end < 0)
            {
                _line.Write(octets.Span);
                return;
            }
            else
            {
                _line.Write(octets.Span[..length]);
                octets = octets[(length + 1)..];
                await WriteLineAsync(_line.WrittenMemory, true, cancellationToken);
            }

            _line.ResetWrittenCount();
        }
    }

    private async ValueTask WriteLineAsync(ReadOnlyMemory<byte> line, bool isEnd, CancellationToken cancellationToken)
    {
        var action = line.IsEmpty ? ContentAction.None : await FindAsync(checks.Body, line, false, cancellationToken);
        if (!Apply(action))
        {
            _continuesLine = false;
            return;
        }

        _output.Write(line.Span);
        _continuesLine = !isEnd;
        if (isEnd)
        {
            _output.Write("\n"u8);
        }
    }

    /// <summary>Whether the line itself goes out.</summary>
    private bool Apply(ContentAction action)
    {
        switch (action.Kind)
        {
            case ContentActionKind.Ignore or ContentActionKind.Strip:
                return false;
            case ContentActionKind.Replace:
                _output.Write(Encoding.UTF8.GetBytes(action.Text + "\n"));
                return false;
            case ContentActionKind.Prepend when !_continuesLine:
                _output.Write(Encoding.UTF8.GetBytes(action.Text + "\n"));
                return true;
            default:
                return true;
        }
    }

    private async ValueTask<ContentAction> FindAsync(ContentTable table, ReadOnlyMemory<byte> text, bool isHeader, CancellationToken cancellationToken)
    {
        if (table.IsEmpty)
        {
            return ContentAction.None;
        }

        var action = await table.FindAsync(text, isHeader, cancellationToken) ?? throw new ContentTableException(table.Name);
        if (action.LogWord is { } word)
        {
            var line = RawText.Decode(text.Span);
            line = line.Length > LoggedCharacters ? line[..LoggedCharacters] : line;
            log.Info($"{queueId}: {word}: {(isHeader ? "header" : "body")} {line}{(action.Text.Length > 0 ? ": " + action.Text : "")}");
        }

        return action;
    }

    // Part headers and what is no line of text end whatever line was open.
    private void FlushLine()
    {
        if (_line.WrittenCount > 0)
        {
            _output.Write(_line.WrittenSpan);
            _line.ResetWrittenCount();
        }
    }
}
