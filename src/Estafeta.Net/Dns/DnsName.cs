using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Net.Dns;

/// <summary>Domain names as text: which of them are host names (RFC 1123, with Postfix's leniency), and names made from addresses.</summary>
public static class DnsName
{
    public const int MaximumOctets = 255;
    public const int MaximumLabelOctets = 63;

    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    private static readonly SearchValues<char> DigitsAndDot = SearchValues.Create("0123456789.");

    /// <summary>
    /// Letters, digits, hyphens and underscores in labels of 1 to 63 octets that neither begin nor end with a hyphen,
    /// and not digits only. One final dot is not allowed.
    /// </summary>
    public static bool IsHostName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaximumOctets || name.ContainsAnyExcept(HostCharacters))
        {
            return false;
        }

        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > MaximumLabelOctets || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }
        }

        return name.ContainsAnyExcept(DigitsAndDot);
    }

    /// <summary><c>192.0.2.1</c> → <c>1.2.0.192.in-addr.arpa</c>; IPv6 by nibbles. Also the stem of a DNSBL query.</summary>
    public static string ForAddress(IPAddress address, string suffix)
    {
        Span<byte> octets = stackalloc byte[16];
        _ = address.TryWriteBytes(octets, out var count);
        var name = new StringBuilder(80);
        for (var i = count - 1; i >= 0; i--)
        {
            _ = count == 4
                ? name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.")
                : name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 15:x}.{octets[i] >> 4:x}.");
        }

        return name.Append(suffix).ToString();
    }

    /// <summary>The name whose PTR record names the host.</summary>
    public static string ForPointer(IPAddress address) =>
        ForAddress(address, address.AddressFamily == AddressFamily.InterNetwork ? "in-addr.arpa" : "ip6.arpa");

    /// <summary>Wire form (RFC 1035 §3.1), of the root for <c>.</c>; false for what is not printable ASCII, an empty label, or one too long.</summary>
    internal static bool TryWrite(ReadOnlySpan<char> name, Span<byte> destination, out int written)
    {
        written = 0;
        if (name is ".")
        {
            destination[written++] = 0;
            return true;
        }

        if (name.Length > 0 && name[^1] == '.')
        {
            name = name[..^1];
        }

        if (name.Length > MaximumOctets - 2 || destination.Length < name.Length + 2
            || name.ContainsAnyExceptInRange('!', '~') || name.ContainsAny('\\', '"'))
        {
            return false;
        }

        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > MaximumLabelOctets)
            {
                return false;
            }

            destination[written++] = (byte)label.Length;
            written += Encoding.ASCII.GetBytes(label, destination[written..]);
        }

        destination[written++] = 0;
        return true;
    }
}
