using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Estafeta.Net.Dns;

/// <summary>
/// Cursor over a DNS message. Every read checks the bounds and answers false past the end. Compression pointers may only lead
/// backwards, so that loops cannot exist, and a name ends at 255 octets (RFC 1035 §4.1.4).
/// </summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;

    public int Position { get; private set; }

    public readonly int Remaining => _message.Length - Position;

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (Remaining < 1)
        {
            return false;
        }

        value = _message[Position++];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        value = 0;
        if (Remaining < 2)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(_message[Position..]);
        Position += 2;
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        value = 0;
        if (Remaining < 4)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt32BigEndian(_message[Position..]);
        Position += 4;
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> octets)
    {
        octets = default;
        if (count < 0 || Remaining < count)
        {
            return false;
        }

        octets = _message.Slice(Position, count);
        Position += count;
        return true;
    }

    /// <summary>A reader of the same message that ends at <paramref name="end"/>: record data whose names may point outside of it.</summary>
    public readonly DnsReader Within(int end) => new(_message[..end]) { Position = Position };

    /// <summary>Presentation form without a final dot; the root is empty.</summary>
    public bool TryReadName(out string name)
    {
        name = "";
        var text = new StringBuilder();
        var at = Position;
        var after = -1; // where the cursor goes on, known at the first pointer
        var limit = Position; // pointers must lead before this
        var octets = 0;
        while (true)
        {
            if (at >= _message.Length)
            {
                return false;
            }

            var length = _message[at++];
            if (length == 0)
            {
                break;
            }

            if (length >= 0xC0)
            {
                if (at >= _message.Length)
                {
                    return false;
                }

                var target = (length & 0x3F) << 8 | _message[at++];
                if (target >= limit)
                {
                    return false;
                }

                after = after < 0 ? at : after;
                limit = at = target;
                continue;
            }

            octets += length + 1;
            if (length > DnsName.MaximumLabelOctets || octets >= DnsName.MaximumOctets || at + length > _message.Length)
            {
                return false;
            }

            AppendLabel(text, _message.Slice(at, length));
            at += length;
        }

        Position = after < 0 ? at : after;
        name = text.ToString();
        return true;
    }

    private static void AppendLabel(StringBuilder text, ReadOnlySpan<byte> label)
    {
        if (text.Length > 0)
        {
            text.Append('.');
        }

        foreach (var octet in label)
        {
            _ = octet is > 0x20 and < 0x7F and not ((byte)'.' or (byte)'\\' or (byte)'"')
                ? text.Append((char)octet)
                : text.Append(CultureInfo.InvariantCulture, $"\\{octet:D3}");
        }
    }
}
