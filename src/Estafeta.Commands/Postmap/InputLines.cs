using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>A stream as lines of octets.</summary>
internal static class InputLines
{
    // As much as all processors have work with before they wait for each other.
    private const int BufferSize = 4 * 1024 * 1024;

    public static byte[] ReadAll(Stream input)
    {
        using var all = new MemoryStream();
        input.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>Lines without their line feeds; the last may lack one.</summary>
    public static IEnumerable<string> Read(Stream input) => ReadChunks(input).SelectMany(static chunk => Split(chunk));

    /// <summary>
    /// Whole lines, each with its line feed, those together that came in one read: what follows may have to be waited for. Good until the next is asked for.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadChunks(Stream input)
    {
        var buffer = new byte[BufferSize];
        var end = 0;
        while (true)
        {
            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = input.Read(buffer, end, buffer.Length - end);
            if (read == 0)
            {
                break;
            }

            var lastLine = buffer.AsSpan(end, read).LastIndexOf((byte)'\n');
            var used = lastLine < 0 ? 0 : end + lastLine + 1;
            end += read;
            if (used > 0)
            {
                yield return buffer.AsMemory(0, used);
                buffer.AsSpan(used, end - used).CopyTo(buffer);
                end -= used;
            }
        }

        if (end > 0)
        {
            yield return (byte[])[.. buffer.AsSpan(0, end), (byte)'\n'];
        }
    }

    /// <summary>About equal parts of whole lines.</summary>
    public static List<ReadOnlyMemory<byte>> Divide(ReadOnlyMemory<byte> lines, int parts, int smallest)
    {
        var divided = new List<ReadOnlyMemory<byte>>(parts);
        var size = Math.Max(lines.Length / parts, smallest);
        while (lines.Length > size)
        {
            var end = lines.Span[(size - 1)..].IndexOf((byte)'\n') + size;
            divided.Add(lines[..end]);
            lines = lines[end..];
        }

        if (!lines.IsEmpty)
        {
            divided.Add(lines);
        }

        return divided;
    }

    private static List<string> Split(ReadOnlyMemory<byte> lines)
    {
        var list = new List<string>();
        var rest = lines.Span;
        for (int length; (length = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(length + 1)..])
        {
            list.Add(RawText.Decode(rest[..length]));
        }

        return list;
    }
}
