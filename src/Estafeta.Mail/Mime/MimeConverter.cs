using System.Buffers;
using System.Text;
using Estafeta.Mail.Headers;

namespace Estafeta.Mail.Mime;

/// <summary>
/// What <see cref="MimeScanner"/> finds, with 8-bit content made 7-bit (force_mime_input_conversion): parts declared 8bit or binary become
/// quoted-printable, the containers around them 7bit. What is not declared stays as it is. The declaration comes last in its section.
/// </summary>
public sealed class MimeConverter(MimeScanner scanner)
{
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private readonly QuotedPrintableEncoder _encoder = new();

    // White space at the end of a piece: whether it is encoded depends on what follows.
    private byte? _held;
    private bool _encodes;
    private MimeElement? _next;

    /// <summary>As <see cref="MimeScanner.Read"/>.</summary>
    public MimeElement Read(ref ReadOnlyMemory<byte> input, bool isLast)
    {
        if (_next is { } next)
        {
            _next = null;
            return next;
        }

        while (true)
        {
            var element = scanner.Read(ref input, isLast);
            switch (element.Kind)
            {
                case MimeElementKind.Header when IsToConvert(element.Field):
                    continue; // at the end of the section
                case MimeElementKind.EndOfHeaders when IsWide(element.Encoding):
                    return EndSection(element);
                case MimeElementKind.Body when element.IsBoundary:
                    _encodes = false;
                    return element;
                case MimeElementKind.Body when _encodes:
                    return Encode(element);
                case MimeElementKind.End when _held != null:
                    return EncodeRest(element);
                default:
                    return element;
            }
        }
    }

    private static bool IsWide(MimeEncoding encoding) => encoding is MimeEncoding.EightBit or MimeEncoding.Binary;

    private static bool IsToConvert(HeaderField field) =>
        field.Kind == HeaderKind.ContentTransferEncoding && IsWide(MimeEncodings.Parse(field.Value));

    private MimeElement EndSection(MimeElement end)
    {
        _encodes = !end.IsComposite;
        _encoder.Reset();
        _next = end;
        var header = Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: {(end.IsComposite ? "7bit" : "quoted-printable")}\n");
        return HeaderField.TryParse(header, out var field)
            ? new MimeElement(MimeElementKind.Header, end.Section, header) { Field = field }
            : throw new InvalidOperationException("a header that is made here is none");
    }

    private MimeElement Encode(MimeElement element)
    {
        _encoded.ResetWrittenCount();
        var octets = element.Octets.Span;
        if (_held is { } before)
        {
            _held = null;
            _encoder.Encode([before], octets[0], _encoded);
        }

        if (IsSpace(octets[^1]))
        {
            _held = octets[^1];
            octets = octets[..^1];
        }

        _encoder.Encode(octets, _held, _encoded);
        return element with { Octets = _encoded.WrittenMemory, Encoding = MimeEncoding.QuotedPrintable };
    }

    private MimeElement EncodeRest(MimeElement end)
    {
        _encoded.ResetWrittenCount();
        _encoder.Encode([_held!.Value], null, _encoded); // the caller saw it
        _held = null;
        _next = end;
        return new MimeElement(MimeElementKind.Body, end.Section, _encoded.WrittenMemory) { Encoding = MimeEncoding.QuotedPrintable };
    }

    private static bool IsSpace(byte octet) => octet is (byte)' ' or (byte)'\t';
}
