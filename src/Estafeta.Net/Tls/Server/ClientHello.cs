using System.Buffers.Binary;
using System.Text;

namespace Estafeta.Net.Tls.Server;

/// <summary>
/// Finds the server name (SNI, RFC 6066 §3) in the first octets of a TLS connection, before OpenSSL sees them, so that the certificate
/// can be chosen by an asynchronous table look-up. Everything else, errors included, is left to OpenSSL.
/// </summary>
internal static class ClientHello
{
    /// <summary>No hello of an honest client comes near it.</summary>
    public const int MaximumOctets = 32 * 1024;

    private const byte HandshakeRecord = 22;
    private const byte HelloMessage = 1;
    private const ushort ServerNameExtension = 0;

    /// <returns>Null when more octets are needed; empty when there is no name, or this is no hello.</returns>
    public static string? FindServerName(ReadOnlySpan<byte> wire)
    {
        var hello = new byte[Math.Min(wire.Length, MaximumOctets)];
        var length = 0;
        var expected = 4;

        // The message may be spread over several records.
        while (length < expected)
        {
            if (wire.Length < 5)
            {
                return wire.Length > 0 && wire[0] != HandshakeRecord ? "" : null;
            }

            var record = BinaryPrimitives.ReadUInt16BigEndian(wire[3..]);
            if (wire[0] != HandshakeRecord || wire[1] != 3 || record == 0)
            {
                return "";
            }

            var got = Math.Min(record, wire.Length - 5);
            if (length + got > hello.Length)
            {
                return "";
            }

            wire.Slice(5, got).CopyTo(hello.AsSpan(length));
            length += got;
            if (length >= 4)
            {
                expected = 4 + (hello[1] << 16 | hello[2] << 8 | hello[3]);
                if (hello[0] != HelloMessage || expected > MaximumOctets)
                {
                    return "";
                }
            }

            if (got < record)
            {
                return length < expected ? null : Parse(hello.AsSpan(4, expected - 4));
            }

            wire = wire[(5 + got)..];
            if (length < expected && wire.IsEmpty)
            {
                return null;
            }
        }

        return Parse(hello.AsSpan(4, expected - 4));
    }

    private static string Parse(ReadOnlySpan<byte> hello)
    {
        // Version, random, then three vectors before the extensions.
        const int FixedOctets = 34;
        if (hello.Length < FixedOctets)
        {
            return "";
        }

        var rest = hello[FixedOctets..];
        return TrySkip(ref rest, 1) && TrySkip(ref rest, 2) && TrySkip(ref rest, 1) && TryTake(ref rest, 2, out var extensions)
            ? FindExtension(extensions)
            : "";
    }

    private static string FindExtension(ReadOnlySpan<byte> extensions)
    {
        while (extensions.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            var rest = extensions[2..];
            if (!TryTake(ref rest, 2, out var data))
            {
                return "";
            }

            if (type == ServerNameExtension)
            {
                return TryTake(ref data, 2, out var names) && names is [0, ..] && TakeName(names[1..]) is { } name ? name : "";
            }

            extensions = rest;
        }

        return "";
    }

    // A name goes into table keys and log lines: only what a host name may have.
    private static string? TakeName(ReadOnlySpan<byte> names)
    {
        if (!TryTake(ref names, 2, out var name) || name.Length is 0 or > 255)
        {
            return null;
        }

        var text = Encoding.Latin1.GetString(name);
        return Dns.DnsName.IsHostName(text) ? text.ToLowerInvariant() : null;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int lengthOctets) => TryTake(ref rest, lengthOctets, out _);

    private static bool TryTake(ref ReadOnlySpan<byte> rest, int lengthOctets, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (rest.Length < lengthOctets)
        {
            return false;
        }

        var length = lengthOctets == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < lengthOctets + length)
        {
            return false;
        }

        vector = rest.Slice(lengthOctets, length);
        rest = rest[(lengthOctets + length)..];
        return true;
    }
}
