using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Mime;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>
/// <c>-m</c> with <c>-h</c> or <c>-b</c>: the headers of parts and of messages inside the message are headers too, as header_checks and its MIME
/// relatives see them, and not body lines. Boundary lines and the empty lines that end headers are body lines.
/// </summary>
internal sealed class MimeKeys(TableCommandOptions options, ParameterSet parameters)
{
    public IEnumerable<string> Read(Stream message)
    {
        ReadOnlyMemory<byte> input = InputLines.ReadAll(message);
        var scanner = new MimeScanner(
            parameters.Get(Parameters.HeaderSizeLimit), parameters.Get(Parameters.MimeBoundaryLengthLimit), parameters.Get(Parameters.MimeNestingLimit));
        using var line = new MemoryStream();
        for (var element = scanner.Read(ref input, isLast: true); element.Kind != MimeElementKind.End; element = scanner.Read(ref input, isLast: true))
        {
            if (element.Kind == MimeElementKind.Header)
            {
                if (options.ReadsHeaders)
                {
                    yield return TextOf(element);
                }

                continue;
            }

            // The message's own headers that go on into a body without an empty line are ended by one.
            var endsWithout = element is { Kind: MimeElementKind.EndOfHeaders, Section: MimeSection.Primary, Octets.IsEmpty: true } && !input.IsEmpty;
            var octets = endsWithout ? "\n"u8.ToArray() : element.Octets;
            foreach (var key in options.ReadsBody ? Lines(line, octets) : [])
            {
                yield return key;
            }
        }

        if (line.Length > 0)
        {
            yield return RawText.Decode(line.ToArray());
        }
    }

    private static string TextOf(MimeElement element)
    {
        var field = element.Field;
        var name = RawText.Decode(field.Name);
        var text = RawText.Decode(field.Text);
        return name + text[text.IndexOf(':', StringComparison.Ordinal)..];
    }

    // The lines that these octets complete; what is left waits for more.
    private static List<string> Lines(MemoryStream line, ReadOnlyMemory<byte> octets)
    {
        var lines = new List<string>();
        var rest = octets.Span;
        for (int length; (length = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(length + 1)..])
        {
            line.Write(rest[..length]);
            lines.Add(RawText.Decode(line.ToArray()));
            line.SetLength(0);
        }

        line.Write(rest);
        return lines;
    }
}
