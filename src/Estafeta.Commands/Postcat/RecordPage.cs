using System.Buffers;
using System.Globalization;
using System.Text;

namespace Estafeta.Commands.Postcat;

/// <summary>
/// A message as postcat shows it, a line a record. Types and offsets (<c>-d</c>, <c>-o</c>) are those the records would have in a file of Postfix's queue: type,
/// length in groups of seven bits, octets.
/// </summary>
internal sealed class RecordPage(PostcatOptions options, string path)
{
    /// <summary>line_length_limit: a longer line is several records.</summary>
    private const int LineLimit = 2048;

    private readonly ArrayBufferWriter<byte> _page = new();
    private long _offset;
    private bool _isBody;

    public void Begin()
    {
        if (Has(MessageParts.Envelope) && options.Start == 0)
        {
            WriteLine($"*** ENVELOPE RECORDS {path} ***");
        }
    }

    /// <param name="name">As postcat calls the record.</param>
    /// <param name="value">As it is shown.</param>
    public void Envelope(string name, string value)
    {
        if (Enter(EnvelopeRecordTypes.TypeOf(name), EnvelopeRecordTypes.OctetsOf(name, value), MessageParts.Envelope))
        {
            WriteLine($"{name}: {value}");
        }
    }

    public void BeginContent() => Marker('M', "MESSAGE CONTENTS");

    public void BeginExtracted() => Marker('X', "HEADER EXTRACTED");

    public void End() => Marker('E', "MESSAGE FILE END");

    /// <summary>Header section, empty line, body; lines end in LF.</summary>
    public void Content(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var end = content.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            _isBody |= line.IsEmpty;
            var piece = line[..Math.Min(line.Length, LineLimit)];
            var isWhole = piece.Length == line.Length;
            if (Enter(isWhole && end >= 0 ? 'N' : 'L', piece.Length, _isBody ? MessageParts.Body : MessageParts.Header))
            {
                _page.Write(piece);
                if (isWhole && end >= 0)
                {
                    _page.Write("\n"u8);
                }
            }

            content = content[(isWhole && end >= 0 ? end + 1 : piece.Length)..];
        }
    }

    public async Task WriteToAsync(Stream output)
    {
        var octets = _page.WrittenMemory;
        if (!options.HasPrefix)
        {
            await output.WriteAsync(octets);
            return;
        }

        var prefix = Encoding.UTF8.GetBytes(path + ": ");
        while (octets.Length > 0)
        {
            var end = octets.Span.IndexOf((byte)'\n');
            var length = end < 0 ? octets.Length : end + 1;
            await output.WriteAsync(prefix);
            await output.WriteAsync(octets[..length]);
            octets = octets[length..];
        }
    }

    private void Marker(char type, string text)
    {
        if (Enter(type, 0, MessageParts.Envelope))
        {
            WriteLine($"*** {text} {path} ***");
        }
    }

    // Steps over the record; true when it is to be shown, with its numbers written already.
    private bool Enter(char type, int octets, MessageParts part)
    {
        var at = _offset;
        _offset += EnvelopeRecordTypes.RecordLength(octets);
        if (!Has(part) || at < options.Start)
        {
            return false;
        }

        if (options.ShowsOffsets)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"{at,9} "));
        }

        if (options.ShowsTypes)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"{(int)type,3} "));
        }

        return true;
    }

    private bool Has(MessageParts part) => options.Parts.HasFlag(part);

    private void WriteLine(string text) => Write(text + "\n");

    private void Write(string text) => _page.Write(Encoding.UTF8.GetBytes(text));
}
