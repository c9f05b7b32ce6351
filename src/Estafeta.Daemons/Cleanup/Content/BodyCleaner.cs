using System.Buffers;
using System.Text;
using Estafeta.Mail.Mime;
using Estafeta.Queue.Storage;
using Estafeta.Services.ContentChecks;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Everything of a message behind its own header section. Without body_checks the octets go to the store as they come; with them
/// the text is cut into lines, each line longer than line_length_limit into pieces, and the first body_checks_size_limit octets
/// of each part are looked at. Empty lines are not.
/// </summary>
internal sealed class BodyCleaner(ContentWriter content, ContentInspector inspector, ContentChecks checks)
{
    private static readonly byte[] LineFeed = "\n"u8.ToArray();
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private long _segmentOctets;
    private bool _continuesLine;

    /// <summary>Octets that are no subject of checks: part headers, and empty lines behind them.</summary>
    public async ValueTask WriteUncheckedAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        await FlushLineAsync(false, cancellationToken);
        await content.WriteBodyAsync(octets, cancellationToken);
    }

    public async ValueTask WriteAsync(MimeElement element, CancellationToken cancellationToken)
    {
        if (element.StartsSegment)
        {
            await FlushLineAsync(false, cancellationToken);
            _segmentOctets = 0;
        }

        if (checks.Strict8BitBody && element.Encoding == MimeEncoding.SevenBit && !Ascii.IsValid(element.Octets.Span))
        {
            inspector.RefuseMime("improper use of 8-bit data in message body", FirstLine(element.Octets.Span));
        }

        if (inspector.LooksAtBody)
        {
            await WriteLinesAsync(element.Octets, cancellationToken);
            return;
        }

        await FlushLineAsync(false, cancellationToken);
        await content.WriteBodyAsync(element.Octets, cancellationToken);
    }

    /// <summary>The last line may lack its end.</summary>
    public ValueTask FinishAsync(CancellationToken cancellationToken) => FlushLineAsync(true, cancellationToken);

    private async ValueTask WriteLinesAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (octets.Length > 0)
        {
            var lineEnd = octets.Span.IndexOf((byte)'\n');
            var room = checks.LineLengthLimit - _line.WrittenCount;
            var length = lineEnd < 0 ? octets.Length : lineEnd;
            if (length > room)
            {
                _line.Write(octets.Span[..room]);
                octets = octets[room..];
                await WriteLineAsync(_line.WrittenMemory, false, cancellationToken);
            }
            else if (lineEnd < 0)
            {
                _line.Write(octets.Span);
                return;
            }
            else
            {
                var line = octets[..length];
                if (_line.WrittenCount > 0)
                {
                    _line.Write(line.Span);
                    line = _line.WrittenMemory;
                }

                octets = octets[(length + 1)..];
                await WriteLineAsync(line, true, cancellationToken);
            }

            _line.ResetWrittenCount();
        }
    }

    private async ValueTask WriteLineAsync(ReadOnlyMemory<byte> line, bool isEnd, CancellationToken cancellationToken)
    {
        var action = line.Length > 0 && _segmentOctets < checks.BodySizeLimit && inspector.LooksAtBody
            ? await inspector.InspectBodyAsync(line, cancellationToken)
            : ContentAction.None;
        _segmentOctets += line.Length + 1;
        switch (action.Kind)
        {
            case ContentActionKind.Ignore or ContentActionKind.Strip:
                _continuesLine = false;
                return;
            case ContentActionKind.Replace:
                await content.WriteBodyAsync(Encoding.UTF8.GetBytes(action.Text + "\n"), cancellationToken);
                _continuesLine = false;
                return;
            case ContentActionKind.Prepend when !_continuesLine:
                await content.WriteBodyAsync(Encoding.UTF8.GetBytes(action.Text + "\n"), cancellationToken);
                break;
        }

        await content.WriteBodyAsync(line, cancellationToken);
        if (isEnd)
        {
            await content.WriteBodyAsync(LineFeed, cancellationToken);
        }

        _continuesLine = !isEnd;
    }

    private async ValueTask FlushLineAsync(bool inspects, CancellationToken cancellationToken)
    {
        if (_line.WrittenCount == 0)
        {
            return;
        }

        if (inspects)
        {
            await WriteLineAsync(_line.WrittenMemory, false, cancellationToken);
        }
        else
        {
            await content.WriteBodyAsync(_line.WrittenMemory, cancellationToken);
        }

        _line.ResetWrittenCount();
    }

    private static string FirstLine(ReadOnlySpan<byte> octets)
    {
        var at = octets.IndexOfAnyExceptInRange((byte)0, (byte)127);
        var start = octets[..Math.Max(at, 0)].LastIndexOf((byte)'\n') + 1;
        var line = octets[start..];
        var end = line.IndexOf((byte)'\n');
        return Tables.Text.RawText.Decode(end < 0 ? line : line[..end]);
    }
}
