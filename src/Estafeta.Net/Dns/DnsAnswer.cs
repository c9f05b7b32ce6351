namespace Estafeta.Net.Dns;

public enum DnsOutcome
{
    Found,

    /// <summary>NXDOMAIN: the name does not exist with any type.</summary>
    NotFound,

    /// <summary>The name exists, a record of this type does not.</summary>
    NoData,

    /// <summary>MX only: the domain says that it takes no mail (RFC 7505).</summary>
    NullMx,

    /// <summary>An answer whose every record names something that is not a host name.</summary>
    Invalid,

    /// <summary>Nobody knows: no reply, SERVFAIL, garbage. Always temporary.</summary>
    Trouble,

    /// <summary>A reply filter removed every record.</summary>
    Filtered,
}

/// <summary>What a look-up of one name and type gave, after following CNAMEs. Immutable, shared by everybody who asks the same.</summary>
public sealed record DnsAnswer(DnsOutcome Outcome, string QueryName, DnsRecordType Type, IReadOnlyList<DnsRecord> Records)
{
    /// <summary>The name the records belong to: the query name, or where its CNAMEs lead.</summary>
    public string Name { get; init; } = QueryName;

    /// <summary>The resolver says it validated all of it (AD, the CNAMEs included). Trust it only when the resolver is trusted.</summary>
    public bool IsAuthentic { get; init; }

    /// <summary>Seconds this answer may be kept; 0 for <see cref="DnsOutcome.Trouble"/>.</summary>
    public uint Ttl { get; init; }

    /// <summary>For <see cref="DnsOutcome.Trouble"/> and <see cref="DnsOutcome.Invalid"/>: more than the outcome says, in Postfix's words.</summary>
    public string? Detail { get; init; }

    public bool IsFound => Outcome == DnsOutcome.Found;

    /// <summary>Why there is no record, in Postfix's words; the text of deferrals, bounces and warnings.</summary>
    public string Reason => Detail ?? Outcome switch
    {
        DnsOutcome.NullMx => $"Domain {QueryName} does not accept mail (nullMX)",
        DnsOutcome.Filtered => $"Error looking up name={QueryName} type={Type}: DNS reply filter drops all results",
        DnsOutcome.NotFound => NameServiceError("Host not found"),
        DnsOutcome.NoData => NameServiceError("Host found but no data record of requested type"),
        DnsOutcome.Invalid => NameServiceError("Malformed or unexpected name server reply"),
        _ => NameServiceError("Host not found, try again"),
    };

    internal static DnsAnswer Trouble(string name, DnsRecordType type, string? problem) => new(DnsOutcome.Trouble, name, type, [])
    {
        Detail = problem == null ? null : $"Name service error for name={name} type={type}: {problem}",
    };

    private string NameServiceError(string what) =>
        $"Host or domain name not found. Name service error for name={QueryName} type={Type}: {what}";
}
