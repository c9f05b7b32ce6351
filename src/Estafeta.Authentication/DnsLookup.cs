using Estafeta.Net.Dns;

namespace Estafeta.Authentication;

/// <summary>The name service as authentication sees it: <see cref="DnsResolver.QueryAsync"/>, or a zone of a test.</summary>
public delegate ValueTask<DnsAnswer> DnsLookup(string name, DnsRecordType type, CancellationToken cancellationToken);
