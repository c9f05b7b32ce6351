using System.Buffers;
using System.Text;

namespace Estafeta.Mail.Mime;

/// <summary>
/// Makes 8-bit MIME content fit for a 7-bit transport (RFC 6152 §3): parts declared 8bit or binary become quoted-printable, and the containers
/// around them 7bit. What is not declared stays as it is, as in Postfix. Streams, in any chunking, LF line ends in and out; the only thing
/// kept is the current line (up to a bound), the current header section's interesting fields, and the boundaries around.
/// </summary>
public sealed class MimeDowngrade(int boundaryLengthLimit = 2048, int nestingLimit = 100)
{
    private const int LineLimit = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new(256);
    private readonly ArrayBufferWriter<byte> _header = new(256);
    private readonly List<byte[]> _boundaries = [];
    private readonly QuotedPrintableEncoder _encoder = new();
    private bool _isInHeader = true;
    private bool _encodes;
    private bool _continuesLongLine;
    private MimeContentType _type;
    private string _encoding = "";

    public void Write(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        while (content.Length > 0)
        {
            var end = content.IndexOf((byte)'\n');
            var part = end < 0 ? content : content[..(end + 1)];
            _line.Write(part);
            content = content[part.Length..];
            if (end >= 0 || _line.WrittenCount >= LineLimit)
            {
                TakeLine(_line.WrittenSpan, output);
                _continuesLongLine = end < 0;
                _line.ResetWrittenCount();
            }
        }
    }

    /// <summary>The content is over; a header section that did not end does now.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_line.WrittenCount > 0)
        {
            TakeLine(_line.WrittenSpan, output);
            _line.ResetWrittenCount();
        }

        if (_isInHeader)
        {
            EndHeaderField(output);
            WriteEncoding(output);
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        if (_isInHeader)
        {
            TakeHeaderLine(line, output);
        }
        else if (!_continuesLongLine && line.StartsWith("--"u8) && FindBoundary(line) is >= 0 and var depth)
        {
            TakeBoundary(line, depth, output);
        }
        else if (_encodes)
        {
            _encoder.Encode(line, output);
        }
        else
        {
            output.Write(line);
        }
    }

    private void TakeHeaderLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        if (line is [(byte)'\n'])
        {
            EndHeaderField(output);
            EndHeader(output);
            output.Write(line);
            return;
        }

        if (line[0] is (byte)' ' or (byte)'\t' && _header.WrittenCount > 0)
        {
            _header.Write(line);
            return;
        }

        EndHeaderField(output);
        if (FindBoundary(line) is >= 0 and var depth)
        {
            // A part without an empty line after its headers.
            WriteEncoding(output);
            TakeBoundary(line, depth, output);
            return;
        }

        _header.Write(line);
    }

    private void EndHeaderField(IBufferWriter<byte> output)
    {
        var field = _header.WrittenSpan;
        if (field.Length == 0)
        {
            return;
        }

        var colon = field.IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.Latin1.GetString(field[..colon]).Trim();
        if (name.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
        {
            // Comes back at the end of the section, when the type is known too.
            _encoding = Encoding.Latin1.GetString(field[(colon + 1)..]).Trim();
        }
        else
        {
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            {
                _type = MimeContentType.Parse(field[(colon + 1)..]);
            }

            output.Write(field);
        }

        _header.ResetWrittenCount();
    }

    private void EndHeader(IBufferWriter<byte> output)
    {
        WriteEncoding(output);
        _encodes = Is8Bit && !IsComposite;
        _encoder.Reset();
        _isInHeader = _type.IsNestedMessage;
        if (_type.Boundary is { } boundary && _boundaries.Count < nestingLimit)
        {
            _boundaries.Add(boundary[..Math.Min(boundary.Length, boundaryLengthLimit)]);
        }

        ForgetHeader();
    }

    private bool Is8Bit =>
        _encoding.Equals("8bit", StringComparison.OrdinalIgnoreCase) || _encoding.Equals("binary", StringComparison.OrdinalIgnoreCase);

    private bool IsComposite => _type.Major is MimeMajorType.Multipart or MimeMajorType.Message;

    private void WriteEncoding(IBufferWriter<byte> output)
    {
        if (_encoding.Length > 0)
        {
            var encoding = !Is8Bit ? _encoding : IsComposite ? "7bit" : "quoted-printable";
            output.Write(Encoding.Latin1.GetBytes($"Content-Transfer-Encoding: {encoding}\n"));
        }
    }

    private void ForgetHeader()
    {
        _type = default;
        _encoding = "";
    }

    /// <summary>Depth of the boundary the line is, inner ones first; -1 for none.</summary>
    private int FindBoundary(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("--"u8))
        {
            return -1;
        }

        for (var i = _boundaries.Count - 1; i >= 0; i--)
        {
            if (line[2..].StartsWith(_boundaries[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void TakeBoundary(ReadOnlySpan<byte> line, int depth, IBufferWriter<byte> output)
    {
        var isLast = line[(2 + _boundaries[depth].Length)..].StartsWith("--"u8);
        _boundaries.RemoveRange(isLast ? depth : depth + 1, _boundaries.Count - (isLast ? depth : depth + 1));
        ForgetHeader();
        _encodes = false;
        _isInHeader = !isLast;
        output.Write(line);
    }
}
