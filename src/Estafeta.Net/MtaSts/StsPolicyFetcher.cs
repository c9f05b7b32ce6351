using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;

namespace Estafeta.Net.MtaSts;

/// <summary>Gets a policy from where RFC 8461 §3.3 says it is: <c>https://mta-sts.DOMAIN/.well-known/mta-sts.txt</c>.</summary>
public sealed class StsPolicyFetcher(DnsResolver resolver, HttpsClient https)
{
    private const int MaximumOctets = 64 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>The id the domain announces; null for no announcement.</summary>
    public async ValueTask<string?> FindIdAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await resolver.QueryAsync("_mta-sts." + domain, DnsRecordType.TXT, cancellationToken);
        return StsRecord.FindId(answer.Records.OfType<DnsTextRecord>().Select(record => record.Text));
    }

    /// <summary>A finding with a policy, or with the reason why there is none.</summary>
    public async ValueTask<StsFinding> FetchAsync(string domain, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await https.GetAsync("mta-sts." + domain, "/.well-known/mta-sts.txt", MaximumOctets, Timeout, cancellationToken);
            if (answer.Status != 200)
            {
                return new StsFinding(null, "sts-policy-fetch-error", $"HTTP status {answer.Status}");
            }

            if (answer.ContentType != "text/plain")
            {
                return new StsFinding(null, "sts-policy-fetch-error", $"content is {(answer.ContentType.Length == 0 ? "of no type" : answer.ContentType)}, not text/plain");
            }

            return StsPolicy.Parse(Encoding.UTF8.GetString(answer.Content), out var error) is { } policy
                ? new StsFinding(policy)
                : new StsFinding(null, "sts-policy-invalid", error);
        }
        catch (HttpsException e)
        {
            return new StsFinding(null, e.Failure == HttpsFailure.Certificate ? "sts-webpki-invalid" : "sts-policy-fetch-error", e.Message);
        }
    }
}
