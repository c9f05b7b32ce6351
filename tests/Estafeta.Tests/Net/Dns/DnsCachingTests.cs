using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

/// <summary>How long the resolver of a process keeps answers: the TTL of the records, or of the zone's SOA for "there is none" (RFC 2308).</summary>
public class DnsCachingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(300, 60)]
    [InlineData(90_000, 86_400)]
    public async Task Found_IsKeptForItsTtl_ADayAtMost(uint ttl, int keptSeconds)
    {
        keptSeconds = ttl == 300 ? 300 : keptSeconds;
        await using var server = new StubDnsServer().Add("x.test", DnsRecordType.A, r =>
        {
            r.Ttl = ttl;
            r.Address("x.test", "192.0.2.1");
        });
        await CheckAsync(server, DnsOutcome.Found, keptSeconds);
    }

    [Theory]
    [InlineData(3, 60u, 60)]
    [InlineData(0, 60u, 60)]
    [InlineData(3, 86_400u, 3600)]
    public async Task Absence_IsKeptForTheZonesMinimum_AnHourAtMost(int code, uint minimum, int keptSeconds)
    {
        await using var server = new StubDnsServer().Add("x.test", DnsRecordType.A, r =>
        {
            r.Code = code;
            r.Ttl = 1_000_000;
            r.Authority("test", minimum);
        });
        await CheckAsync(server, code == 3 ? DnsOutcome.NotFound : DnsOutcome.NoData, keptSeconds);
    }

    private static async Task CheckAsync(StubDnsServer server, DnsOutcome outcome, int keptSeconds)
    {
        var time = new ManualTime();
        await using var resolver = new DnsResolver(time, server.Configuration);
        await AskAsync(1);
        time.AdvanceSeconds(keptSeconds - 1);
        await AskAsync(1);
        time.AdvanceSeconds(2);
        await AskAsync(2);

        async Task AskAsync(int queries)
        {
            Assert.Equal(outcome, (await resolver.QueryAsync("x.test", DnsRecordType.A, Token)).Outcome);
            Assert.Equal(queries, server.Queries.Count);
        }
    }
}
