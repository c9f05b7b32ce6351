using System.Globalization;
using System.Net;

namespace Estafeta.Net.Dns;

/// <summary>
/// One resource record. Names are in presentation form without a final dot; an octet that is not a host name octet is escaped
/// (<c>\046</c>), so an odd name never passes <see cref="DnsName.IsHostName"/>. <see cref="object.ToString"/> gives the text that
/// <c>smtp_dns_reply_filter</c> tables are asked for: <c>name ttl class type preference value</c>.
/// </summary>
public abstract record DnsRecord(string Name, DnsRecordType Type, uint Ttl)
{
    protected abstract string Value { get; }

    public sealed override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}. {Ttl} IN {Type} {Value}");
}

/// <summary>A and AAAA.</summary>
public sealed record DnsAddressRecord(string Name, DnsRecordType Type, uint Ttl, IPAddress Address) : DnsRecord(Name, Type, Ttl)
{
    protected override string Value => Address.ToString();
}

/// <summary>CNAME, NS, PTR: a record that is another name.</summary>
public sealed record DnsNameRecord(string Name, DnsRecordType Type, uint Ttl, string Target) : DnsRecord(Name, Type, Ttl)
{
    protected override string Value => Target + ".";
}

public sealed record DnsMxRecord(string Name, uint Ttl, ushort Preference, string Exchange) : DnsRecord(Name, DnsRecordType.MX, Ttl)
{
    /// <summary>RFC 7505: "no mail here".</summary>
    public bool IsNull => Exchange.Length == 0;

    protected override string Value => string.Create(CultureInfo.InvariantCulture, $"{Preference} {Exchange}.");
}

/// <summary>The character strings of a TXT record, joined. Octets above 127 stay what they are (Latin-1), NUL and controls too.</summary>
public sealed record DnsTextRecord(string Name, uint Ttl, string Text) : DnsRecord(Name, DnsRecordType.TXT, Ttl)
{
    protected override string Value => Text;
}

public sealed record DnsSrvRecord(string Name, uint Ttl, ushort Priority, ushort Weight, ushort Port, string Target)
    : DnsRecord(Name, DnsRecordType.SRV, Ttl)
{
    /// <summary>RFC 2782: the service is decidedly not available.</summary>
    public bool IsNull => Target.Length == 0;

    protected override string Value => string.Create(CultureInfo.InvariantCulture, $"{Priority} {Weight} {Port} {Target}.");
}

public sealed record DnsTlsaRecord(string Name, uint Ttl, byte Usage, byte Selector, byte MatchingType, ReadOnlyMemory<byte> Association)
    : DnsRecord(Name, DnsRecordType.TLSA, Ttl)
{
    protected override string Value =>
        string.Create(CultureInfo.InvariantCulture, $"{Usage} {Selector} {MatchingType} {Convert.ToHexString(Association.Span)}");
}

public sealed record DnsSoaRecord(string Name, uint Ttl, string PrimaryServer, string Mailbox, uint Serial, uint Minimum)
    : DnsRecord(Name, DnsRecordType.SOA, Ttl)
{
    protected override string Value => string.Create(CultureInfo.InvariantCulture, $"{PrimaryServer}. {Mailbox}. {Serial} {Minimum}");
}
