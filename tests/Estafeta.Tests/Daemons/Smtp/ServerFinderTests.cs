using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Domains;
using Estafeta.Configuration.Interfaces;
using Estafeta.Daemons.Smtp;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtp;

public sealed class ServerFinderTests
{
    private readonly MemoryMailLog _log = new();

    private async Task<ServerLookup> FindAsync(StubDnsServer dns, string nexthop, string mainCf = "inet_protocols = ipv4\n", string hosts = "", Func<string, CancellationToken, Task<IPAddress[]>>? native = null)
    {
        var hostsPath = Path.GetTempFileName();
        await File.WriteAllTextAsync(hostsPath, hosts);
        try
        {
            var settings = RoutingSettings.Load(ParameterSet.Parse("inet_interfaces = loopback-only\nproxy_interfaces = 192.0.2.99\n" + mainCf), isLmtp: false);
            await using var resolver = dns.CreateResolver();
            var finder = new ServerFinder(
                settings, resolver, new DnsReplyFilter(MapList.Empty), new NativeNames(new HostsFile(TimeProvider.System, hostsPath), native ?? NobodyKnows), _log);
            var destination = Destination.Parse(nexthop, settings, new TcpServices("smtp=25, submission=587"), out _);
            return await finder.FindAsync(destination!, TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(hostsPath);
        }
    }

    private static Task<IPAddress[]> NobodyKnows(string host, CancellationToken cancellationToken) =>
        throw new SocketException((int)SocketError.HostNotFound);

    private static IEnumerable<string> Relays(ServerLookup lookup) => lookup.Servers.Select(server => server.Relay);

    [Fact]
    public async Task Mx_ByPreference()
    {
        await using var dns = new StubDnsServer()
            .Mx("x.test", 20, "b.x.test").Mx("x.test", 10, "a.x.test").Address("a.x.test", "192.0.2.1").Address("b.x.test", "192.0.2.2");
        Assert.Equal(["a.x.test[192.0.2.1]:25", "b.x.test[192.0.2.2]:25"], Relays(await FindAsync(dns, "x.test")));
    }

    [Theory]
    [InlineData("no", "xn--fa-hia.test")]
    [InlineData("yes", "fass.test")]
    public async Task InternationalName_IsAskedForAsEnableIdna2003CompatibilitySays(string compatibility, string asked)
    {
        Assert.SkipUnless(InternationalDomain.HasCurrentRules, "ICU is not installed");

        await using var dns = new StubDnsServer().Address(asked, "192.0.2.1");
        Assert.Equal(
            [$"{asked}[192.0.2.1]:25"],
            Relays(await FindAsync(dns, "faß.test", $"inet_protocols = ipv4\nenable_idna2003_compatibility = {compatibility}\n")));
    }

    [Theory]
    [InlineData("[a.x.test]", "a.x.test[192.0.2.1]:25")]
    [InlineData("[a.x.test]:587", "a.x.test[192.0.2.1]:587")]
    [InlineData("a.x.test:submission", "a.x.test[192.0.2.1]:587")]
    [InlineData("[192.0.2.7]", "192.0.2.7[192.0.2.7]:25")]
    [InlineData("192.0.2.7", "192.0.2.7[192.0.2.7]:25")]
    [InlineData("[2001:db8::1]:26", "2001:db8::1[2001:db8::1]:26")]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1[2001:db8::1]:25")]
    public async Task Host_WithoutMx(string nexthop, string expected)
    {
        await using var dns = new StubDnsServer().Address("a.x.test", "192.0.2.1");
        Assert.Equal([expected], Relays(await FindAsync(dns, nexthop)));
    }

    // Texts and codes recorded from Postfix.
    [Theory]
    [InlineData("nx.test", "5.4.4", "Host or domain name not found. Name service error for name=nx.test type=A: Host not found")]
    [InlineData("[nx.test]", "5.4.4", "Host or domain name not found. Name service error for name=nx.test type=A: Host not found")]
    [InlineData("fail.test", "4.4.3", "Host or domain name not found. Name service error for name=fail.test type=MX: Host not found, try again")]
    [InlineData("null.test", "5.1.0", "Domain null.test does not accept mail (nullMX)")]
    [InlineData("noa.test", "5.4.4", "Host or domain name not found. Name service error for name=mx.noa.test type=A: Host not found")]
    [InlineData("nodata.test", "5.4.4", "Host or domain name not found. Name service error for name=nodata.test type=A: Host found but no data record of requested type")]
    [InlineData("faila.test", "4.4.3", "Host or domain name not found. Name service error for name=mx.fail.test type=A: Host not found, try again")]
    [InlineData("mixed.test", "4.4.4", "Host or domain name not found. Name service error for name=mx.noa.test type=A: Host not found")]
    [InlineData("self.test", "5.4.6", "mail for self.test loops back to myself")]
    [InlineData("[192.0.2.99]", "5.4.6", "mail for 192.0.2.99 loops back to myself")]
    public async Task NoServer_SaysWhy(string nexthop, string status, string reason)
    {
        await using var dns = new StubDnsServer()
            .Fail("fail.test", DnsRecordType.MX)
            .Mx("null.test", 0, "")
            .Mx("noa.test", 10, "mx.noa.test")
            .Text("nodata.test", "x").Add("nodata.test", DnsRecordType.MX, _ => { }).Add("nodata.test", DnsRecordType.A, _ => { })
            .Mx("faila.test", 10, "mx.fail.test").Fail("mx.fail.test", DnsRecordType.A)
            .Mx("mixed.test", 10, "mx.fail.test").Mx("mixed.test", 20, "mx.noa.test")
            .Mx("self.test", 10, "me.test").Mx("self.test", 20, "other.test").Address("me.test", "192.0.2.99").Address("other.test", "192.0.2.1");
        var failure = (await FindAsync(dns, nexthop)).Failure;
        Assert.NotNull(failure);
        Assert.Equal($"{status} {reason}", $"{failure.Status.Status} {failure.Status.Reason}");
    }

    [Fact]
    public void ResolverOptions_ThatAreNone_AreRefused()
    {
        var error = Assert.Throws<ConfigurationException>(() => RoutingSettings.Load(ParameterSet.Parse("smtp_dns_resolver_options = res_defnames, res_nothing\n"), isLmtp: false));
        Assert.Contains("unknown smtp_dns_resolver_options value \"res_nothing\" in \"res_defnames, res_nothing\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            NameCompletion.DefaultDomain | NameCompletion.Search,
            RoutingSettings.Load(ParameterSet.Parse("smtp_dns_resolver_options = res_defnames res_dnsrch\n"), isLmtp: false).Completion);
    }

    [Fact]
    public async Task Self_IsNotABackupForItself()
    {
        await using var dns = new StubDnsServer()
            .Mx("x.test", 10, "other.test").Mx("x.test", 20, "me.test").Mx("x.test", 30, "worse.test")
            .Address("other.test", "192.0.2.1").Address("me.test", "192.0.2.99").Address("worse.test", "192.0.2.3");
        Assert.Equal(["other.test[192.0.2.1]:25"], Relays(await FindAsync(dns, "x.test")));
        Assert.Equal(3, (await FindAsync(dns, "x.test:26")).Servers.Count);
    }

    [Fact]
    public async Task NoMxHostHasAnAddress_Warns()
    {
        await using var dns = new StubDnsServer().Mx("noa.test", 10, "mx.noa.test");
        await FindAsync(dns, "noa.test");
        Assert.Equal("warning: no MX host for noa.test has a valid address record", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task NativeLookup_UsesHosts()
    {
        await using var dns = new StubDnsServer();
        Assert.Equal(
            ["lan.test[192.0.2.5]:25"],
            Relays(await FindAsync(dns, "[lan.test]", "inet_protocols = ipv4\nsmtp_host_lookup = dns, native\n", "192.0.2.5 lan.test\n")));
        Assert.Equal(
            ["lan.test[192.0.2.5]:25"],
            Relays(await FindAsync(dns, "lan.test", "inet_protocols = ipv4\nsmtp_dns_support_level = disabled\n", "192.0.2.5 lan.test\n")));
        Assert.NotNull((await FindAsync(dns, "[lan.test]", "inet_protocols = ipv4\n", "192.0.2.5 lan.test\n")).Failure);
    }

    // As Postfix has it where getaddrinfo(3) is all there is.
    [Theory]
    [InlineData(SocketError.Success, "[192.0.2.6]:25", null)]
    [InlineData(SocketError.HostNotFound, "5.4.4", "unable to look up host elsewhere.test: Name or service not known")]
    [InlineData(SocketError.NoData, "5.4.4", "unable to look up host elsewhere.test: No address associated with hostname")]
    [InlineData(SocketError.TryAgain, "4.4.4", "unable to look up host elsewhere.test: Temporary failure in name resolution")]
    [InlineData(SocketError.NoRecovery, "4.4.4", null)]
    public async Task NativeLookup_AsksTheSystem(SocketError outcome, string expected, string? reason)
    {
        await using var dns = new StubDnsServer();
        foreach (var mainCf in (string[])["disable_dns_lookups = yes\n", "smtp_host_lookup = native\n", "smtp_host_lookup = dns, native\n"])
        {
            var lookup = await FindAsync(
                dns,
                "[elsewhere.test]",
                "inet_protocols = ipv4\n" + mainCf,
                native: (_, _) => outcome == SocketError.Success ? Task.FromResult<IPAddress[]>([IPAddress.IPv6Loopback, IPAddress.Parse("192.0.2.6")]) : throw new SocketException((int)outcome));
            Assert.Equal(expected, lookup.Failure?.Status.Status.ToString() ?? lookup.Servers.Single().Relay["elsewhere.test".Length..]);
            Assert.Equal(reason ?? lookup.Failure?.Status.Reason, lookup.Failure?.Status.Reason);
        }
    }

    [Fact]
    public async Task NativeLookup_DoesNotStandInForADnsInTrouble()
    {
        await using var dns = new StubDnsServer();
        dns.Fail("down.test", DnsRecordType.A);
        var lookup = await FindAsync(
            dns, "[down.test]", "inet_protocols = ipv4\nsmtp_host_lookup = dns, native\n", native: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        Assert.Equal("4.4.3", lookup.Failure!.Status.Status.ToString());
    }

    [Theory]
    [InlineData("ipv6", AddressFamily.InterNetworkV6)]
    [InlineData("ipv4", AddressFamily.InterNetwork)]
    public async Task Preference_OrdersFamiliesAmongEquals(string preference, AddressFamily first)
    {
        await using var dns = new StubDnsServer().Address("a.test", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2");
        var lookup = await FindAsync(dns, "[a.test]", $"smtp_address_preference = {preference}\n");
        Assert.Equal(4, lookup.Servers.Count);
        Assert.All(lookup.Servers.Take(2), server => Assert.Equal(first, server.EndPoint!.Address.AddressFamily));
    }

    [Fact]
    public async Task Balance_LeavesRoomForTheOtherFamily()
    {
        await using var dns = new StubDnsServer().Mx("x.test", 10, "six.test").Mx("x.test", 20, "four.test").Address("four.test", "192.0.2.1");
        for (var i = 1; i <= 9; i++)
        {
            dns.Address("six.test", $"2001:db8::{i}");
        }

        var lookup = await FindAsync(dns, "x.test", "inet_protocols = all\n");
        Assert.Contains(lookup.Servers.Take(5), server => server.EndPoint!.Address.AddressFamily == AddressFamily.InterNetwork);
    }

    [Fact]
    public async Task Srv_IsAskedForNamedServices()
    {
        await using var dns = new StubDnsServer()
            .Add("_submission._tcp.x.test", DnsRecordType.SRV, r => r.Srv("_submission._tcp.x.test", 0, 0, 5870, "a.test"))
            .Address("a.test", "192.0.2.1");
        Assert.Equal(["a.test[192.0.2.1]:5870"], Relays(await FindAsync(dns, "x.test:submission", "inet_protocols = ipv4\nuse_srv_lookup = submission\n")));
    }
}
