using System.Buffers;
using System.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Writes the header section of the queued message.</summary>
internal sealed class HeadWriter(ArrayBufferWriter<byte> head)
{
    /// <summary>Header lines with their line ends, as they are.</summary>
    public void Write(ReadOnlySpan<byte> lines) => head.Write(lines);

    /// <summary>A header that is made here: <c>Name: value</c>, a line end is added.</summary>
    public void WriteLine(string header)
    {
        var span = head.GetSpan(Encoding.UTF8.GetMaxByteCount(header.Length) + 1);
        var length = Encoding.UTF8.GetBytes(header, span);
        span[length] = (byte)'\n';
        head.Advance(length + 1);
    }
}
