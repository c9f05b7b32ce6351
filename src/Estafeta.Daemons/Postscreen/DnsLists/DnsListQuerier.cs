using System.Net;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Postscreen.DnsLists;

/// <summary>
/// The work of dnsblog(8): asks every list of postscreen_dnsbl_sites about a client at the same time, logs who has him and as what (under
/// dnsblog's name), and adds up the score. A list that does not answer within postscreen_dnsbl_timeout says nothing.
/// </summary>
internal sealed class DnsListQuerier(DnsListSettings settings, DnsResolver resolver, IMailLog log, IMailLog dnsblog, TimeProvider time)
{
    public DnsListScore Start(IPAddress client, CancellationToken cancellationToken)
    {
        var score = new DnsListScore();
        var queries = new Task[settings.Lists.Count];
        for (var i = 0; i < queries.Length; i++)
        {
            queries[i] = AskAsync(settings.Lists[i], client, score, cancellationToken);
        }

        score.Completion = Task.WhenAll(queries);
        return score;
    }

    private async Task AskAsync(DnsList list, IPAddress client, DnsListScore score, CancellationToken cancellationToken)
    {
        var query = DnsName.ForAddress(client, list.Domain);
        try
        {
            if (settings.ReplyDelay > TimeSpan.Zero)
            {
                await Task.Delay(settings.ReplyDelay, time, cancellationToken);
            }

            var answer = await resolver.QueryAsync(query, DnsRecordType.A, cancellationToken).AsTask().WaitAsync(settings.Timeout, time, cancellationToken);
            Log(list, client, query, answer);
            score.Add(list.Sites, answer);
        }
        catch (TimeoutException)
        {
            log.Warning($"dnsblog reply timeout {settings.Timeout.TotalSeconds:0}s for {list.Domain}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has gone.
        }
    }

    private void Log(DnsList list, IPAddress client, string query, DnsAnswer answer)
    {
        if (answer.Outcome is not (DnsOutcome.Found or DnsOutcome.NotFound or DnsOutcome.NoData))
        {
            dnsblog.Warning($"dnsblog_query: lookup error for DNS query {query}: {answer.Reason}");
        }

        foreach (var record in answer.Records)
        {
            if (record is DnsAddressRecord address)
            {
                dnsblog.Info($"addr {client} listed by domain {list.Domain} as {address.Address}");
            }
        }
    }
}
