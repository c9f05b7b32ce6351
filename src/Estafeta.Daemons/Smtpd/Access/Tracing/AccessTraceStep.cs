using Estafeta.Net.Dns;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Access.Tracing;

internal enum AccessTraceKind
{
    /// <summary>An <c>smtpd_…_restrictions</c> parameter.</summary>
    List,
    Restriction,

    /// <summary>A look-up in a table.</summary>
    Table,

    /// <summary>A question to the name service.</summary>
    Dns,

    /// <summary>What the address resolver says of an address.</summary>
    Address,

    /// <summary>A question to a policy service.</summary>
    Policy,

    /// <summary>What else there is to say.</summary>
    Note,
}

/// <summary>One line of a trace, as data.</summary>
/// <param name="Kind">What was asked.</param>
/// <param name="Depth">How deep in lists, classes and table results; details of a restriction are one deeper than it.</param>
/// <param name="Subject">Parameter, restriction with its arguments, table, DNS name, policy service, or the text of a note.</param>
/// <param name="Key">What a table was asked for.</param>
/// <param name="Detail">A table's value, a policy service's answer, a <see cref="DnsAnswer"/>, or the reply of a refusal.</param>
internal readonly record struct AccessTraceStep(AccessTraceKind Kind, int Depth, string Subject, string Key, object? Detail)
{
    public AccessVerdict Verdict { get; init; }

    public LookupOutcome Outcome { get; init; }

    /// <summary>What came out, in a few words.</summary>
    public string Result => Kind switch
    {
        AccessTraceKind.Restriction => Verdict switch
        {
            AccessVerdict.Permit => "permit",
            AccessVerdict.Reject => Detail as string ?? "reject",
            _ => "dunno",
        },
        AccessTraceKind.Table => Outcome switch
        {
            LookupOutcome.Found => Detail as string ?? "",
            LookupOutcome.Trouble => $"trouble: {Detail}",
            _ => "not found",
        },
        AccessTraceKind.Dns => Describe((DnsAnswer)Detail!), // a Dns step is made with one
        AccessTraceKind.Address => Describe((ResolvedAddress)Detail!), // and an Address step with one of these
        AccessTraceKind.Policy => Detail as string ?? "no answer",
        _ => "",
    };

    /// <summary>What was asked; of the name service with the record type.</summary>
    public string Label => Kind == AccessTraceKind.Dns ? $"{Subject} {((DnsAnswer)Detail!).Type}" : Subject; // a Dns step is made with one

    /// <summary>The whole step in one line, without its place in the list.</summary>
    public string Text => Kind switch
    {
        AccessTraceKind.Table => $"{Subject}: {Key}: {Result}",
        AccessTraceKind.Dns or AccessTraceKind.Restriction or AccessTraceKind.Policy or AccessTraceKind.Address => $"{Label}: {Result}",
        _ => Subject,
    };

    private static string Describe(DnsAnswer answer) => answer.Outcome switch
    {
        DnsOutcome.Found => string.Join(", ", answer.Records.Select(Describe)),
        DnsOutcome.NotFound => "does not exist",
        DnsOutcome.NoData => "no such record",
        DnsOutcome.NullMx => "takes no mail (null MX)",
        DnsOutcome.Filtered => "removed by smtpd_dns_reply_filter",
        _ => "trouble: " + answer.Reason,
    };

    private static string Describe(ResolvedAddress resolved) => resolved.Class switch
    {
        AddressClass.Trouble => $"trouble: {resolved.Error}",
        AddressClass.Invalid => resolved.Error ?? "no address",
        _ => $"{AddressClassWords.Of(resolved.Class)}{(resolved.IsRouted ? ", with routing to another domain" : "")}",
    };

    private static string Describe(DnsRecord record) => record switch
    {
        DnsAddressRecord address => address.Address.ToString(),
        DnsMxRecord exchange => exchange.Exchange,
        DnsNameRecord name => name.Target,
        DnsTextRecord text => text.Text,
        _ => record.ToString(),
    };
}
