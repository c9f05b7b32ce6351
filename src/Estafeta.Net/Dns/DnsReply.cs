using System.Net;
using System.Text;

namespace Estafeta.Net.Dns;

internal enum DnsReplyCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// <summary>
/// A reply to one of our queries, decoded: header, answer records of the types we know, and the negative TTL of the authority
/// section (RFC 2308 §5). A record whose data is malformed is left out and counted; a message that ends early keeps what came before
/// and is marked damaged.
/// </summary>
internal sealed class DnsReply
{
    private const int MaximumRecords = 1000;

    public DnsReplyCode Code { get; private init; }

    public bool IsTruncated { get; private init; }

    public bool IsAuthentic { get; private init; }

    public bool IsDamaged { get; private set; }

    public List<DnsRecord> Answers { get; } = [];

    /// <summary>How long "there is no such record" may be kept; null when the server does not say.</summary>
    public uint? NegativeTtl { get; private set; }

    /// <summary>Null when it is not a reply to this very question: such a datagram is ignored, the true reply may still come.</summary>
    public static DnsReply? TryParse(ReadOnlySpan<byte> message, ushort id, string name, DnsRecordType type)
    {
        var reader = new DnsReader(message);
        if (!reader.TryReadUInt16(out var replyId) || replyId != id || !reader.TryReadUInt16(out var flags) || (flags & 0xF800) != 0x8000
            || !reader.TryReadUInt16(out var questions) || !reader.TryReadUInt16(out var answers)
            || !reader.TryReadUInt16(out var authorities) || !reader.TryReadUInt16(out _))
        {
            return null;
        }

        var reply = new DnsReply
        {
            Code = (DnsReplyCode)(flags & 15),
            IsTruncated = (flags & 0x0200) != 0,
            IsAuthentic = (flags & 0x0020) != 0,
        };
        if (questions == 0 && reply.Code is DnsReplyCode.FormatError or DnsReplyCode.NotImplemented)
        {
            return reply; // some servers drop the question together with the EDNS0 they do not like
        }

        if (questions != 1 || !reader.TryReadName(out var asked) || !reader.TryReadUInt16(out var askedType) || !reader.TryReadUInt16(out _)
            || askedType != (ushort)type || !asked.Equals(name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        reply.ReadAnswers(ref reader, answers);
        if (!reply.IsDamaged)
        {
            reply.ReadNegativeTtl(ref reader, authorities);
        }

        return reply;
    }

    private void ReadAnswers(ref DnsReader reader, int count)
    {
        for (var i = 0; i < count && Answers.Count < MaximumRecords; i++)
        {
            if (!TryReadRecord(ref reader, out var record))
            {
                IsDamaged = true;
                return;
            }

            if (record != null)
            {
                Answers.Add(record);
            }
        }
    }

    private void ReadNegativeTtl(ref DnsReader reader, int count)
    {
        for (var i = 0; i < count && i < MaximumRecords && TryReadRecord(ref reader, out var record); i++)
        {
            if (record is DnsSoaRecord soa)
            {
                NegativeTtl = Math.Min(soa.Ttl, soa.Minimum);
                return;
            }
        }
    }

    /// <returns>False when the message ends inside the record. The record is null when its type is unknown or its data is wrong.</returns>
    private bool TryReadRecord(ref DnsReader reader, out DnsRecord? record)
    {
        record = null;
        if (!reader.TryReadName(out var name) || !reader.TryReadUInt16(out var type) || !reader.TryReadUInt16(out var dnsClass)
            || !reader.TryReadUInt32(out var ttl) || !reader.TryReadUInt16(out var length) || reader.Remaining < length)
        {
            return false;
        }

        var end = reader.Position + length;
        var data = reader.Within(end);
        _ = reader.TryReadBytes(length, out _);
        if (dnsClass != 1 || !Enum.IsDefined((DnsRecordType)type))
        {
            return true;
        }

        // RFC 2181 §8: a TTL with the top bit set is 0.
        record = ReadData(ref data, name, (DnsRecordType)type, ttl > int.MaxValue ? 0 : ttl);
        if (record == null || data.Remaining != 0)
        {
            record = null;
            MalformedRecords++;
        }

        return true;
    }

    /// <summary>Records left out because their data was not what their type wants.</summary>
    public int MalformedRecords { get; private set; }

    private static DnsRecord? ReadData(ref DnsReader data, string name, DnsRecordType type, uint ttl)
    {
        switch (type)
        {
            case DnsRecordType.A:
                return data.Remaining == 4 && data.TryReadBytes(4, out var four) ? new DnsAddressRecord(name, type, ttl, new IPAddress(four)) : null;
            case DnsRecordType.AAAA:
                return data.Remaining == 16 && data.TryReadBytes(16, out var sixteen) ? new DnsAddressRecord(name, type, ttl, new IPAddress(sixteen)) : null;
            case DnsRecordType.NS or DnsRecordType.CNAME or DnsRecordType.PTR:
                return data.TryReadName(out var target) ? new DnsNameRecord(name, type, ttl, target) : null;
            case DnsRecordType.MX:
                return data.TryReadUInt16(out var preference) && data.TryReadName(out var exchange) ? new DnsMxRecord(name, ttl, preference, exchange) : null;
            case DnsRecordType.TXT:
                return ReadText(ref data, name, ttl);
            case DnsRecordType.SRV:
                return data.TryReadUInt16(out var priority) && data.TryReadUInt16(out var weight) && data.TryReadUInt16(out var port)
                    && data.TryReadName(out var host) ? new DnsSrvRecord(name, ttl, priority, weight, port, host) : null;
            case DnsRecordType.TLSA:
                return data.TryReadByte(out var usage) && data.TryReadByte(out var selector) && data.TryReadByte(out var matching)
                    && data.Remaining > 0 && data.TryReadBytes(data.Remaining, out var association)
                    ? new DnsTlsaRecord(name, ttl, usage, selector, matching, association.ToArray()) : null;
            case DnsRecordType.SOA:
                return data.TryReadName(out var primary) && data.TryReadName(out var mailbox) && data.TryReadUInt32(out var serial)
                    && data.TryReadBytes(12, out _) && data.TryReadUInt32(out var minimum)
                    ? new DnsSoaRecord(name, ttl, primary, mailbox, serial, minimum) : null;
            default:
                return null;
        }
    }

    private static DnsTextRecord? ReadText(ref DnsReader data, string name, uint ttl)
    {
        var text = new StringBuilder();
        while (data.TryReadByte(out var length))
        {
            if (!data.TryReadBytes(length, out var octets))
            {
                return null;
            }

            text.Append(Encoding.Latin1.GetString(octets));
        }

        return new DnsTextRecord(name, ttl, text.ToString());
    }
}
