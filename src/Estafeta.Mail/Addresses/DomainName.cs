using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Estafeta.Mail.Addresses;

/// <summary>What may stand right of the <c>@</c>: a host name (RFC 1123 §2.1, underscores and U-labels tolerated) or an address literal.</summary>
public static class DomainName
{
    private const int MaximumLabel = 63;
    private const int MaximumName = 255;
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>A domain, or an address literal in brackets: <c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c> (RFC 5321 §4.1.3).</summary>
    public static bool IsValidMailDomain(ReadOnlySpan<char> domain) =>
        domain.Length > 0 && domain[0] == '[' ? TryParseLiteral(domain, out _) : IsValidHostName(domain);

    /// <summary>Labels of letters, digits, <c>-</c> and <c>_</c>, not starting or ending with <c>-</c>, not all digits and dots.</summary>
    public static bool IsValidHostName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > MaximumName)
        {
            return false;
        }

        var label = 0;
        var sawNonDigit = false;
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c == '.')
            {
                if (label == 0 || name[i - 1] == '-')
                {
                    return false;
                }

                label = 0;
                continue;
            }

            if (!(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || c >= 0x80) || (c == '-' && label == 0) || ++label > MaximumLabel)
            {
                return false;
            }

            sawNonDigit |= !char.IsAsciiDigit(c);
        }

        return label > 0 && name[^1] != '-' && sawNonDigit;
    }

    public static bool TryParseLiteral(ReadOnlySpan<char> domain, out IPAddress address)
    {
        address = IPAddress.None;
        if (domain.Length < 3 || domain[0] != '[' || domain[^1] != ']')
        {
            return false;
        }

        var inner = domain[1..^1];
        return inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
            ? TryParseIPv6(inner[5..], out address)
            : TryParseIPv4(inner, out address);
    }

    /// <summary>Four decimal numbers, nothing else: .NET alone would take <c>127.1</c> and hexadecimal.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> octets = stackalloc byte[4];
        var octet = 0;
        var value = -1;
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (value < 0 || octet == 3)
                {
                    return false;
                }

                octets[octet++] = (byte)value;
                value = -1;
            }
            else if (!char.IsAsciiDigit(c) || (value = Math.Max(value, 0) * 10 + c - '0') > 255)
            {
                return false;
            }
        }

        if (octet != 3 || value < 0)
        {
            return false;
        }

        octets[3] = (byte)value;
        address = new IPAddress(octets);
        return true;
    }

    public static bool TryParseIPv6(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.ContainsAnyExcept(IPv6Characters)
            || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed;
        return true;
    }
}
