using System.Buffers.Binary;

namespace Estafeta.Net.Dns;

/// <summary>A query as it goes over the wire: one question, recursion desired, AD wanted, and an EDNS0 OPT record unless told not to.</summary>
internal static class DnsQuery
{
    /// <summary>The largest UDP answer we ask for: what passes everywhere without fragments (DNS flag day 2020).</summary>
    public const ushort UdpPayloadOctets = 1232;

    public const int MaximumOctets = 12 + DnsName.MaximumOctets + 4 + 11;

    /// <returns>Octets written; 0 when the name cannot be asked for.</returns>
    public static int Write(Span<byte> destination, ushort id, string name, DnsRecordType type, bool edns, bool dnssecOk)
    {
        destination[..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        destination[2] = 0x01; // RD
        destination[3] = 0x20; // AD: tell us whether you validated it (RFC 6840 §5.7)
        destination[5] = 1;
        if (!DnsName.TryWrite(name, destination[12..(12 + DnsName.MaximumOctets)], out var nameOctets))
        {
            return 0;
        }

        var at = 12 + nameOctets;
        BinaryPrimitives.WriteUInt16BigEndian(destination[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(at + 2)..], 1);
        at += 4;
        if (!edns)
        {
            return at;
        }

        // RFC 6891 §6.1.2: root name, type 41, class = payload size, TTL = flags (DO is the top bit of the low half).
        destination[11] = 1;
        var option = destination.Slice(at, 11);
        option.Clear();
        option[2] = 41;
        BinaryPrimitives.WriteUInt16BigEndian(option[3..], UdpPayloadOctets);
        option[7] = dnssecOk ? (byte)0x80 : (byte)0;
        return at + 11;
    }
}
