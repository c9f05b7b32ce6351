namespace Estafeta.Net.Dns;

/// <summary>The record types mail needs, by their numbers on the wire (RFC 1035, 2782, 3596, 6698).</summary>
public enum DnsRecordType : ushort
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    MX = 15,
    TXT = 16,
    AAAA = 28,
    SRV = 33,
    TLSA = 52,
}
