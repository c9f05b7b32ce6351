using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls;

namespace Estafeta.Commands.Sts;

/// <summary>What there is to know about a domain's policy: kept, announced, published, and which of its servers the policy covers.</summary>
internal sealed class StsQuery(ParameterSet parameters, DnsResolver resolver, TimeProvider time, int port)
{
    public async Task<int> RunAsync(string domain, TextWriter output)
    {
        await WriteKeptAsync(domain, output);
        using var trust = TlsContext.Create(HttpsClient.TrustOptions(parameters.Get(Parameters.SmtpTlsCAfile), parameters.Get(Parameters.SmtpTlsCApath)));
        var fetcher = new StsPolicyFetcher(resolver, new HttpsClient(resolver, trust, time, port));
        var id = await fetcher.FindIdAsync(domain, CancellationToken.None);
        await output.WriteLineAsync($"announced:  {(id == null ? $"no valid record at _mta-sts.{domain}" : $"id={id}")}");
        if (id == null)
        {
            return 1;
        }

        var found = await fetcher.FetchAsync(domain, CancellationToken.None);
        await output.WriteLineAsync($"published:  {Describe(found)}");
        if (found.Policy == null)
        {
            return 1;
        }

        await WriteServersAsync(domain, found.Policy, output);
        return 0;
    }

    public static string Describe(StsFinding found) => found.Policy is { } policy ? Describe(policy)
        : found.Failure.Length > 0 ? $"{found.Failure}: {found.Detail}"
        : found.Detail.Length > 0 ? found.Detail
        : "no policy in force";

    private static string Describe(StsPolicy policy) =>
        string.Create(CultureInfo.InvariantCulture, $"mode={policy.Mode.ToString().ToLowerInvariant()} max_age={(long)policy.MaxAge.TotalSeconds} mx={string.Join(',', policy.MxPatterns)}");

    private async Task WriteKeptAsync(string domain, TextWriter output)
    {
        string text;
        try
        {
            var kept = new StsPolicyStore(StsPolicyStore.Below(parameters.Get(Parameters.DataDirectory))).Find(domain);
            text = kept == null ? "nothing"
                : $"id={kept.Id} {Describe(kept.Policy)}, fetched {Format(kept.Fetched)}, {(kept.Expires <= time.GetUtcNow() ? "expired" : "good until")} {Format(kept.Expires)}";
        }
        catch (UnauthorizedAccessException e)
        {
            text = e.Message;
        }

        await output.WriteLineAsync($"kept:       {text}");
    }

    private async Task WriteServersAsync(string domain, StsPolicy policy, TextWriter output)
    {
        var answer = await resolver.QueryAsync(domain, DnsRecordType.MX, CancellationToken.None);
        if (!answer.IsFound)
        {
            await output.WriteLineAsync($"mail host:  {answer.Reason}");
        }

        foreach (var mx in answer.Records.OfType<DnsMxRecord>().OrderBy(record => record.Preference))
        {
            await output.WriteLineAsync($"mail host:  {mx.Exchange} {(policy.Covers(mx.Exchange) ? "is covered" : "is NOT covered: mail to it is refused in mode enforce")}");
        }
    }

    private static string Format(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
