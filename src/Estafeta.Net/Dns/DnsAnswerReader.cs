namespace Estafeta.Net.Dns;

/// <summary>From a reply to an answer: the CNAME chain, the records that belong to its end, and what an empty reply means.</summary>
internal static class DnsAnswerReader
{
    private const uint DefaultNegativeTtl = 60;

    /// <summary>As with Postfix since 3.9, the first of them count: each may cost further queries.</summary>
    private const int RecordLimit = 100;

    /// <returns>The name at the end of the CNAME chain as far as the reply goes; null for a loop.</returns>
    public static string? FollowAliases(DnsReply reply, string name, DnsRecordType type, ref uint ttl)
    {
        if (type == DnsRecordType.CNAME)
        {
            return name;
        }

        for (var steps = 0; steps <= reply.Answers.Count; steps++)
        {
            DnsNameRecord? alias = null;
            foreach (var record in reply.Answers)
            {
                if (record is DnsNameRecord { Type: DnsRecordType.CNAME } candidate && SameName(candidate.Name, name))
                {
                    alias = candidate;
                    break;
                }
            }

            if (alias == null)
            {
                return name;
            }

            name = alias.Target.ToLowerInvariant();
            ttl = Math.Min(ttl, alias.Ttl);
        }

        return null;
    }

    /// <param name="queryName">What the caller wants.</param>
    /// <param name="asked">What this reply answers: the query name or an alias of it.</param>
    /// <param name="name">Where the aliases of this reply lead.</param>
    /// <returns>Null when the reply only leads to another name, which must be asked for.</returns>
    public static DnsAnswer? Read(DnsReply reply, string queryName, string asked, string name, DnsRecordType type)
    {
        var records = new List<DnsRecord>();
        var invalid = reply.MalformedRecords;
        var ttl = uint.MaxValue;
        foreach (var record in reply.Answers)
        {
            if (record.Type != type || !SameName(record.Name, name))
            {
                continue;
            }

            if (!HasValidTarget(record))
            {
                invalid++;
                continue;
            }

            if (records.Count == RecordLimit)
            {
                break;
            }

            records.Add(record);
            ttl = Math.Min(ttl, record.Ttl);
        }

        var answer = new DnsAnswer(DnsOutcome.Found, queryName, type, records) { Name = name, Ttl = ttl };
        if (records.Count > 0)
        {
            // RFC 7505 §3: a null MX must be alone; next to others it is ignored.
            return records is not [DnsMxRecord { IsNull: true }]
                ? answer with { Records = records.FindAll(record => record is not DnsMxRecord { IsNull: true }) }
                : answer with { Outcome = DnsOutcome.NullMx, Records = [] };
        }

        return Empty(reply, answer, asked, invalid);
    }

    private static DnsAnswer? Empty(DnsReply reply, DnsAnswer answer, string asked, int invalid)
    {
        if (reply.IsDamaged || reply.MalformedRecords > 0)
        {
            return DnsAnswer.Trouble(answer.QueryName, answer.Type, "Malformed or unexpected name server reply");
        }

        if (invalid > 0)
        {
            return answer with { Outcome = DnsOutcome.Invalid, Ttl = DefaultNegativeTtl };
        }

        if (reply.Code == DnsReplyCode.NameError)
        {
            return answer with { Outcome = DnsOutcome.NotFound, Ttl = reply.NegativeTtl ?? DefaultNegativeTtl };
        }

        // An alias whose target came with an authority section is complete; one without leads on.
        return !SameName(asked, answer.Name) && reply.NegativeTtl == null
            ? null
            : answer with { Outcome = DnsOutcome.NoData, Ttl = reply.NegativeTtl ?? DefaultNegativeTtl };
    }

    private static bool HasValidTarget(DnsRecord record) => record switch
    {
        DnsMxRecord mx => mx.IsNull || DnsName.IsHostName(mx.Exchange),
        DnsNameRecord name => DnsName.IsHostName(name.Target),
        DnsSrvRecord srv => srv.IsNull || DnsName.IsHostName(srv.Target),
        _ => true,
    };

    private static bool SameName(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
