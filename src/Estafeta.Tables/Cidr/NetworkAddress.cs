using System.Net;
using System.Net.Sockets;

namespace Estafeta.Tables.Cidr;

/// <summary>An IPv4 or IPv6 address as a number, read as strictly as inet_pton(3): four decimal octets without leading zeros, or RFC 4291 text.</summary>
internal readonly record struct NetworkAddress(bool IsIPv6, UInt128 Value)
{
    public int Bits => IsIPv6 ? 128 : 32;

    public static bool TryParse(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        if (!text.Contains(':'))
        {
            return TryParseIPv4(text, out address);
        }

        address = default;
        if (text.IndexOfAny("%[]/") >= 0 || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> octets = stackalloc byte[16];
        _ = parsed.TryWriteBytes(octets, out _);
        address = new NetworkAddress(true, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets));
        return true;
    }

    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(octets, Value);
        return new IPAddress(IsIPv6 ? octets : octets[12..]).ToString();
    }

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        address = default;
        var value = 0u;
        var octets = 0;
        while (true)
        {
            var dot = text.IndexOf('.');
            var part = dot < 0 ? text : text[..dot];
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !TryReadOctet(part, out var octet) || ++octets > 4)
            {
                return false;
            }

            value = (value << 8) | octet;
            if (dot < 0)
            {
                address = new NetworkAddress(false, value);
                return octets == 4;
            }

            text = text[(dot + 1)..];
        }
    }

    private static bool TryReadOctet(ReadOnlySpan<char> digits, out uint octet)
    {
        octet = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            octet = (octet * 10) + (uint)(c - '0');
        }

        return octet <= 255;
    }
}
