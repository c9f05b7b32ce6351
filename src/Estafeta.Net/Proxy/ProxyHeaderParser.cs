using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Net.Proxy;

/// <summary>
/// Reads one whole header of the PROXY protocol, version 1 (a line) or 2 (binary), as strictly as Postfix: who may say in the name of
/// others where he comes from must say it well. https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt.
/// </summary>
public static class ProxyHeaderParser
{
    /// <summary>The longest line of version 1, with its end.</summary>
    public const int MaxLineOctets = 107;

    /// <summary>Signature, version and command, family, length.</summary>
    public const int BinaryOctets = 16;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Null when the header is good; else what is wrong with it, in Postfix's words.</summary>
    public static string? Parse(ReadOnlySpan<byte> header, out ProxyHeader result) =>
        header.StartsWith(Signature) ? ParseBinary(header, out result) : ParseLine(header, out result);

    private static string? ParseLine(ReadOnlySpan<byte> line, out ProxyHeader result)
    {
        result = default;
        if (line.Length < BinaryOctets && !line.StartsWith("PROXY "u8))
        {
            // Too short for either version.
            return "short protocol header";
        }

        if (!line.EndsWith("\n"u8))
        {
            return "missing protocol header terminator";
        }

        var words = Encoding.Latin1.GetString(line).Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0] != "PROXY")
        {
            return "unrecognized protocol header";
        }

        var family = Word(1) switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        if (family == AddressFamily.Unspecified)
        {
            return "bad or missing protocol type";
        }

        if (ParseAddress(Word(2), family) is not { } client)
        {
            return "bad or missing client address";
        }

        if (ParseAddress(Word(3), family) is not { } server)
        {
            return "bad or missing server address";
        }

        if (!TryParsePort(Word(4), out var clientPort))
        {
            return "bad or missing client port";
        }

        if (!TryParsePort(Word(5), out var serverPort))
        {
            return "bad or missing server port";
        }

        result = new ProxyHeader(new IPEndPoint(client, clientPort), new IPEndPoint(server, serverPort));
        return null;

        string Word(int index) => index < words.Length ? words[index] : "";
    }

    private static string? ParseBinary(ReadOnlySpan<byte> header, out ProxyHeader result)
    {
        const int Local = 0x20;
        const int Proxied = 0x21;
        result = default;
        if (header.Length < BinaryOctets)
        {
            return "short version 2 protocol header";
        }

        var (command, family) = (header[12], header[13]);
        if (command >> 4 != 2)
        {
            return "unrecognized protocol version";
        }

        if (command is not (Local or Proxied))
        {
            return "bad command in proxy header";
        }

        if (command == Local)
        {
            return null;
        }

        // Stream over IPv4, stream over IPv6.
        var octets = family switch
        {
            0x11 => 4,
            0x21 => 16,
            _ => 0,
        };
        if (octets == 0)
        {
            return "unsupported network protocol";
        }

        var addresses = header[BinaryOctets..];
        if (addresses.Length < (2 * octets) + 4)
        {
            return "short address field";
        }

        var ports = addresses[(2 * octets)..];
        result = new ProxyHeader(
            new IPEndPoint(new IPAddress(addresses[..octets]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(addresses[octets..(2 * octets)]), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
        return null;
    }

    // No scopes, no brackets, no numbers in other bases: what IPAddress.Parse is too kind to.
    private static IPAddress? ParseAddress(string text, AddressFamily family)
    {
        var isPlain = family == AddressFamily.InterNetwork
            ? text.Count(static c => c == '.') == 3 && text.All(static c => char.IsAsciiDigit(c) || c == '.') && !text.Split('.').Any(static p => p.Length is 0 or > 3)
            : text.All(static c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        return isPlain && IPAddress.TryParse(text, out var address) && address.AddressFamily == family ? address : null;
    }

    private static bool TryParsePort(string text, out ushort port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
    }
}
