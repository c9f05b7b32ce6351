using System.Net;
using Estafeta.Net.Dns;
using Estafeta.Services.Clients;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Services.Clients;

/// <summary>smtpd_peername_lookup: the name of a client, and the warning about one that does not lead back.</summary>
public sealed class ClientNamesTests
{
    private const string Warning = "warning: hostname host.client.test does not resolve to address 192.0.2.1";

    [Theory]
    [InlineData("192.0.2.1", "host.client.test", ClientNameStatus.Ok, null)]
    [InlineData("192.0.2.2", "unknown", ClientNameStatus.Forged, Warning)]
    [InlineData("no such name", "unknown", ClientNameStatus.Permanent, Warning + ": Name or service not known")]
    [InlineData("no address", "unknown", ClientNameStatus.Permanent, Warning + ": No address associated with hostname")]
    [InlineData("trouble", "unknown", ClientNameStatus.Temporary, Warning + ": Temporary failure in name resolution")]
    public async Task ReverseName_IsTakenWhenItLeadsBack(string forward, string name, ClientNameStatus status, string? warning)
    {
        await using var dns = new StubDnsServer();
        dns.Pointer("192.0.2.1", "host.client.test");
        switch (forward)
        {
            case "no such name":
                break;
            case "no address":
                dns.Add("host.client.test", DnsRecordType.A, _ => { });
                break;
            case "trouble":
                dns.Fail("host.client.test", DnsRecordType.A);
                break;
            default:
                dns.Address("host.client.test", forward);
                break;
        }

        var log = new MemoryMailLog();
        await using var resolver = dns.CreateResolver();
        var names = new ClientNames(resolver, new DnsReplyFilter(MapList.Empty), new HostsFile(TimeProvider.System, "/nonexistent"), log);
        var found = await names.FindAsync(IPAddress.Parse("192.0.2.1"), TestContext.Current.CancellationToken);
        Assert.Equal((name, "host.client.test", status), (found.Name, found.ReverseName, found.Status));
        Assert.Equal(warning == null ? [] : [warning], log.Lines);
    }
}
