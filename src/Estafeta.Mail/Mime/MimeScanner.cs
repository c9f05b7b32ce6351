using System.Buffers;
using Estafeta.Mail.Headers;

namespace Estafeta.Mail.Mime;

/// <summary>
/// Takes a message apart into header sections and everything else while it streams in, in any chunking; every octet comes out again, but for white space
/// between the name of a header and its colon.
/// Understands as much of MIME as Postfix does: multipart boundaries (by prefix, cut at mime_boundary_length_limit) and nested
/// messages, to the depth of mime_nesting_limit. Memory is bounded by the limits, time is linear.
/// </summary>
/// <param name="headerSizeLimit">header_size_limit.</param>
/// <param name="boundaryLengthLimit">mime_boundary_length_limit.</param>
/// <param name="nestingLimit">mime_nesting_limit.</param>
/// <param name="ignoresStructure">disable_mime_input_processing: all behind the message's own headers is body.</param>
public sealed class MimeScanner(int headerSizeLimit, int boundaryLengthLimit, int nestingLimit, bool ignoresStructure = false)
{
    // Postfix counts from the second multipart on.
    private const int NestingSlack = 2;
    private readonly List<(byte[] Boundary, bool IsDigest)> _boundaries = [];
    private readonly ArrayBufferWriter<byte> _held = new(16);
    private HeaderScanner? _headers = new(headerSizeLimit);
    private MimeSection _section = MimeSection.Primary;
    private MimeContentType _type;
    private MimeEncoding _encoding;
    private bool _startsSegment;
    private bool _atLineStart;
    private bool _heldOut;
    private BoundaryLine _boundaryLine;

    private enum BoundaryLine : byte
    {
        None,
        Opening,
        Closing,
    }

    public MimeProblems Problems { get; private set; }

    /// <summary>The header or value that first showed the problem.</summary>
    public string ProblemDetail { get; private set; } = "";

    /// <summary>No part of what follows can be anything but body: the caller may stop scanning.</summary>
    public bool IsPlainBody => _headers == null && _boundaries.Count == 0 && _held.WrittenCount == 0;

    public MimeElement Read(ref ReadOnlyMemory<byte> input, bool isLast)
    {
        if (_heldOut)
        {
            _held.ResetWrittenCount();
            _heldOut = false;
        }

        return _headers != null ? ReadHeader(ref input, isLast) : ReadBody(ref input, isLast);
    }

    private MimeElement ReadHeader(ref ReadOnlyMemory<byte> input, bool isLast)
    {
        switch (_headers!.Read(ref input, isLast, out var field)) // not null: the state this method is for
        {
            case HeaderScanResult.NeedsInput:
                return new MimeElement(MimeElementKind.NeedsInput, _section, default);
            case HeaderScanResult.Header:
                field = WithoutSpaceBeforeColon(field);
                Note(field);
                return new MimeElement(MimeElementKind.Header, _section, field.Octets) { Field = field };
            default:
                var emptyLine = _headers.EndedWithoutEmptyLine ? default(ReadOnlyMemory<byte>) : LineFeed;
                var end = new MimeElement(MimeElementKind.EndOfHeaders, _section, emptyLine)
                {
                    Encoding = _encoding,
                    IsComposite = _type.Major is MimeMajorType.Multipart or MimeMajorType.Message || _type.IsNestedMessage,
                };
                EndSection();
                return end;
        }
    }

    // RFC 5322 §4.5 lets old messages have it; many programs read such a line as no header, so it does not go on.
    private static HeaderField WithoutSpaceBeforeColon(HeaderField field)
    {
        var octets = field.Octets.Span;
        var length = field.Name.Length;
        if (octets[length] == (byte)':')
        {
            return field;
        }

        byte[] tight = [.. octets[..length], .. octets[(length + octets[length..].IndexOf((byte)':'))..]];
        return HeaderField.TryParse(tight, out var result) ? result : field;
    }

    private static ReadOnlyMemory<byte> LineFeed { get; } = "\n"u8.ToArray();

    private void Note(HeaderField field)
    {
        if (ignoresStructure)
        {
            return;
        }

        if (field.Kind == HeaderKind.ContentType)
        {
            // A part of a digest is a message unless its own type says text, message or multipart: as Postfix.
            var type = MimeContentType.Parse(field.Value);
            _type = type.Major == MimeMajorType.Other && _type.IsNestedMessage ? _type : type;
            if (_type.Boundary != null)
            {
                Push(field);
            }
        }
        else if (field.Kind == HeaderKind.ContentTransferEncoding)
        {
            _encoding = MimeEncodings.Parse(field.Value);
        }
    }

    private void Push(HeaderField field)
    {
        if (_boundaries.Count >= nestingLimit + NestingSlack)
        {
            Report(MimeProblems.NestingTooDeep, System.Text.Encoding.Latin1.GetString(field.Text));
            return;
        }

        var boundary = _type.Boundary!; // checked by the caller
        _boundaries.Add((boundary[..Math.Min(boundary.Length, boundaryLengthLimit)], _type.IsDigest));
    }

    private void EndSection()
    {
        if (_type.Major is MimeMajorType.Multipart or MimeMajorType.Message && _encoding is MimeEncoding.QuotedPrintable or MimeEncoding.Base64)
        {
            Report(MimeProblems.EncodedStructure, _encoding == MimeEncoding.Base64 ? "base64" : "quoted-printable");
        }

        if (_type.IsNestedMessage)
        {
            BeginSection(MimeSection.Nested, false);
            return;
        }

        _headers = null;
        _startsSegment = true;
        _atLineStart = true;
    }

    private void BeginSection(MimeSection section, bool isMessage)
    {
        _headers = new HeaderScanner(headerSizeLimit);
        _section = section;
        _type = new MimeContentType(MimeMajorType.Other, false, isMessage, null);
        _encoding = MimeEncoding.SevenBit;
    }

    private void Report(MimeProblems problem, string detail)
    {
        if ((Problems & problem) == 0)
        {
            Problems |= problem;
            ProblemDetail = detail;
        }
    }

    private MimeElement ReadBody(ref ReadOnlyMemory<byte> input, bool isLast)
    {
        if (_boundaryLine != BoundaryLine.None)
        {
            return ReadBoundaryLine(ref input, isLast);
        }

        if (_atLineStart && _boundaries.Count > 0 && !TryDecideLine(ref input, isLast, out var element))
        {
            return element;
        }

        if (_held.WrittenCount > 0)
        {
            _heldOut = true;
            _atLineStart = _held.WrittenSpan[^1] == (byte)'\n';
            return Body(_held.WrittenMemory);
        }

        if (input.IsEmpty)
        {
            return new MimeElement(isLast ? MimeElementKind.End : MimeElementKind.NeedsInput, _section, default);
        }

        var length = _boundaries.Count == 0 ? input.Length : LengthToDash(input.Span);
        var piece = input[..length];
        input = input[length..];
        _atLineStart = piece.Span[^1] == (byte)'\n';
        return Body(piece);
    }

    /// <summary>At the start of a line: is it a boundary? False when that needs more input, or when it is: then the element says so.</summary>
    private bool TryDecideLine(ref ReadOnlyMemory<byte> input, bool isLast, out MimeElement element)
    {
        element = new MimeElement(MimeElementKind.NeedsInput, _section, default);
        if (_held.WrittenCount == 0)
        {
            var line = input.Span;
            if (line.IsEmpty)
            {
                return isLast;
            }

            if (line[0] != (byte)'-')
            {
                return true;
            }
        }

        // Only so much of a line decides.
        var wanted = boundaryLengthLimit + 4 - _held.WrittenCount;
        var lineEnd = input.Span.IndexOf((byte)'\n');
        var take = Math.Min(lineEnd < 0 ? input.Length : lineEnd + 1, Math.Max(wanted, 0));
        _held.Write(input.Span[..take]);
        input = input[take..];
        var isDecidable = _held.WrittenCount > 0 && (_held.WrittenSpan[^1] == (byte)'\n' || _held.WrittenCount >= boundaryLengthLimit + 4 || (isLast && input.IsEmpty));
        if (!isDecidable)
        {
            return false;
        }

        _boundaryLine = Match(_held.WrittenSpan);
        if (_boundaryLine == BoundaryLine.None)
        {
            return true;
        }

        element = ReadBoundaryLine(ref input, isLast);
        return false;
    }

    /// <summary>The innermost boundary the line starts with; those inside it are over.</summary>
    private BoundaryLine Match(ReadOnlySpan<byte> line)
    {
        if (line.Length < 2 || line[0] != (byte)'-' || line[1] != (byte)'-')
        {
            return BoundaryLine.None;
        }

        for (var i = _boundaries.Count - 1; i >= 0; i--)
        {
            var boundary = _boundaries[i].Boundary;
            if (!line[2..].StartsWith(boundary))
            {
                continue;
            }

            var isClosing = line[(2 + boundary.Length)..].StartsWith("--"u8);
            _boundaries.RemoveRange(isClosing ? i : i + 1, _boundaries.Count - (isClosing ? i : i + 1));
            return isClosing ? BoundaryLine.Closing : BoundaryLine.Opening;
        }

        return BoundaryLine.None;
    }

    /// <summary>Hands the boundary line out to its end, then goes on with the part's headers, or with the body around it.</summary>
    private MimeElement ReadBoundaryLine(ref ReadOnlyMemory<byte> input, bool isLast)
    {
        ReadOnlyMemory<byte> piece;
        if (_held.WrittenCount > 0)
        {
            piece = _held.WrittenMemory;
            _heldOut = true;
        }
        else if (input.IsEmpty)
        {
            return new MimeElement(isLast ? MimeElementKind.End : MimeElementKind.NeedsInput, _section, default);
        }
        else
        {
            var lineEnd = input.Span.IndexOf((byte)'\n');
            var length = lineEnd < 0 ? input.Length : lineEnd + 1;
            piece = input[..length];
            input = input[length..];
        }

        var element = Body(piece) with { IsBoundary = true };
        if (piece.Span[^1] == (byte)'\n')
        {
            if (_boundaryLine == BoundaryLine.Opening)
            {
                BeginSection(MimeSection.Part, _boundaries[^1].IsDigest);
            }
            else
            {
                _encoding = MimeEncoding.SevenBit;
                _atLineStart = true;
            }

            _boundaryLine = BoundaryLine.None;
        }

        return element;
    }

    private MimeElement Body(ReadOnlyMemory<byte> octets)
    {
        var element = new MimeElement(MimeElementKind.Body, _section, octets) { StartsSegment = _startsSegment, Encoding = _encoding };
        _startsSegment = false;
        return element;
    }

    /// <summary>Up to and with the line feed after which a line may be a boundary.</summary>
    private static int LengthToDash(ReadOnlySpan<byte> span)
    {
        var at = span.IndexOf("\n-"u8);
        return at < 0 ? span.Length : at + 1;
    }
}
