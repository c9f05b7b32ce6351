namespace Estafeta.Net.Dns;

/// <param name="Name">Lower case, without a final dot.</param>
/// <param name="DnssecOk">DO: asks for signatures, and for the validator's word.</param>
internal readonly record struct DnsQuestion(string Name, DnsRecordType Type, bool DnssecOk);
