using Estafeta.Tables;

namespace Estafeta.Net.Dns;

/// <summary>
/// <c>smtp_dns_reply_filter</c>, <c>smtpd_dns_reply_filter</c>: tables that say IGNORE to records, given as
/// <c>name ttl class type preference value</c>. When nothing is left the answer is <see cref="DnsOutcome.Filtered"/>, which is temporary.
/// </summary>
public sealed class DnsReplyFilter(MapList maps)
{
    public async ValueTask<DnsAnswer> ApplyAsync(DnsAnswer answer, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty || !answer.IsFound)
        {
            return answer;
        }

        var kept = new List<DnsRecord>(answer.Records.Count);
        foreach (var record in answer.Records)
        {
            var result = await maps.LookupAsync(record.ToString(), cancellationToken);
            if (result.IsTrouble || (result.IsFound && !IsIgnore(result.Value)))
            {
                return new DnsAnswer(DnsOutcome.Trouble, answer.QueryName, answer.Type, [])
                {
                    Detail = $"Error looking up name={answer.QueryName} type={answer.Type}: Invalid DNS reply filter syntax",
                };
            }

            if (!result.IsFound)
            {
                kept.Add(record);
            }
        }

        return kept.Count == answer.Records.Count ? answer
            : kept.Count > 0 ? answer with { Records = kept }
            : answer with { Outcome = DnsOutcome.Filtered, Records = [] };
    }

    private static bool IsIgnore(string? action) => "IGNORE".Equals(action?.Trim(), StringComparison.OrdinalIgnoreCase);
}
