using System.Buffers;

namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>
/// Content on its way back to the wire: LF becomes CRLF, a leading dot is doubled, and a CR that ends no line becomes a space: what goes to a
/// filter must not hold an end of data of the client's making (SMTP smuggling).
/// </summary>
internal sealed class WireContent
{
    private readonly ArrayBufferWriter<byte> _output = new(16 * 1024);
    private bool _isInLine;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Encode(ReadOnlySpan<byte> octets)
    {
        _output.ResetWrittenCount();
        while (!octets.IsEmpty)
        {
            if (!_isInLine && octets[0] == (byte)'.')
            {
                _output.Write("."u8);
            }

            var end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            Write(line);
            _isInLine = end < 0;
            if (end < 0)
            {
                break;
            }

            _output.Write("\r\n"u8);
            octets = octets[(end + 1)..];
        }

        return _output.WrittenMemory;
    }

    /// <summary>The end of data, after the end of a line that has none.</summary>
    public ReadOnlyMemory<byte> End()
    {
        _output.ResetWrittenCount();
        _output.Write(_isInLine ? "\r\n.\r\n"u8 : ".\r\n"u8);
        _isInLine = false;
        return _output.WrittenMemory;
    }

    private void Write(ReadOnlySpan<byte> line)
    {
        var target = _output.GetSpan(line.Length + 1);
        line.CopyTo(target);
        target[..line.Length].Replace((byte)'\r', (byte)' ');
        _output.Advance(line.Length);
    }
}
