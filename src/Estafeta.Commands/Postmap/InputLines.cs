using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>A stream as lines of octets.</summary>
internal static class InputLines
{
    private const int BufferSize = 64 * 1024;

    public static byte[] ReadAll(Stream input)
    {
        using var all = new MemoryStream();
        input.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>Lines without their line feeds; the last may lack one.</summary>
    public static IEnumerable<string> Read(Stream input)
    {
        var buffer = new byte[BufferSize];
        var (start, end) = (0, 0);
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return RawText.Decode(buffer.AsSpan(start, length));
                start += length + 1;
                continue;
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }

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
        }

        if (end > start)
        {
            yield return RawText.Decode(buffer.AsSpan(start, end - start));
        }
    }
}
