using Estafeta.Authentication.Spf;
using Estafeta.Configuration.Domains;
using Estafeta.Mail.Headers;
using Estafeta.Tables.Text;

namespace Estafeta.Authentication.Dmarc;

/// <summary>
/// The domains that the From header speaks of. One is what a message must have; several headers or addresses, which different programs would show
/// differently, are all remembered, and the message passes for none of them (RFC 7489 §6.6.1).
/// </summary>
public sealed record MessageAuthors
{
    /// <summary>Octets of a From header; no token is missed in it.</summary>
    private const int LongestFrom = 10_000;

    /// <summary>Domains beyond this are not asked for their policies.</summary>
    private const int MostDomains = 4;

    /// <summary>A-labels, lower case, each once.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>Why the message can be from nobody; empty when all is well.</summary>
    public string Problem { get; init; } = "";

    /// <summary>There is more than anybody looks at: a policy may be hidden in it.</summary>
    public bool IsExcessive { get; init; }

    /// <param name="headers">The message's.</param>
    /// <param name="isCut">There were more than can be looked at.</param>
    public static MessageAuthors Read(MessageHeaders headers, bool isCut = false)
    {
        var places = headers.Find("From");
        var domains = new List<string>();
        var problem = places.Count switch
        {
            0 => "no From header",
            1 => "",
            _ => "several From headers",
        };
        var isExcessive = isCut;
        foreach (var place in places)
        {
            var value = headers.Fields[place].Value;
            if (value.Length > LongestFrom || domains.Count >= MostDomains)
            {
                isExcessive = true;
                break;
            }

            if (value.IndexOfAnyInRange((byte)0, (byte)8) >= 0)
            {
                problem = "control characters in From";
            }

            var list = HeaderAddressList.Parse(RawText.Decode(value), LongestFrom);
            for (var i = 0; i < list.Count; i++)
            {
                var address = list[i];
                var at = address.LastIndexOf('@');
                var domain = InternationalDomain.ToAscii(address[(at + 1)..])?.TrimEnd('.').ToLowerInvariant() ?? "";
                if (at <= 0 || !SpfChecker.IsDomain(domain))
                {
                    problem = problem.Length > 0 ? problem : "an address without a valid domain in From";
                }
                else if (!domains.Contains(domain))
                {
                    isExcessive |= domains.Count == MostDomains;
                    domains.Add(domain);
                }
            }
        }

        problem = isCut ? "header section is too long" : isExcessive ? "From is too long" : problem.Length > 0 ? problem : domains.Count == 0 ? "no address in From" : domains.Count > 1 ? "From has addresses of several domains" : "";
        return new MessageAuthors { Domains = isExcessive ? [.. domains.Take(MostDomains)] : domains, Problem = problem, IsExcessive = isExcessive };
    }
}
