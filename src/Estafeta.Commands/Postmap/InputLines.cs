using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>A stream as lines of octets.</summary>
internal static class InputLines
{
    private const int BufferSize = 256 * 1024;

    public static byte[] ReadAll(Stream input)
    {
        using var all = new MemoryStream();
        input.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>Lines without their line feeds; the last may lack one.</summary>
    public static IEnumerable<string> Read(Stream input) => ReadChunks(input).SelectMany(static chunk => chunk);

    /// <summary>The same, those together that came in one read: what follows may have to be waited for.</summary>
    public static IEnumerable<List<string>> ReadChunks(Stream input)
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

            end += read;
            var chunk = Cut(buffer.AsSpan(0, end), out var used);
            buffer.AsSpan(used, end - used).CopyTo(buffer);
            end -= used;
            if (chunk.Count > 0)
            {
                yield return chunk;
            }
        }

        if (end > 0)
        {
            yield return [RawText.Decode(buffer.AsSpan(0, end))];
        }
    }

    private static List<string> Cut(ReadOnlySpan<byte> text, out int used)
    {
        var lines = new List<string>();
        used = 0;
        for (int length; (length = text[used..].IndexOf((byte)'\n')) >= 0; used += length + 1)
        {
            lines.Add(RawText.Decode(text.Slice(used, length)));
        }

        return lines;
    }
}
