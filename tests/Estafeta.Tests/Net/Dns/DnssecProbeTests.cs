using Estafeta.Configuration;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

/// <summary>dnssec_probe: the words are those of Postfix 3.7.11 with a name server that answers the same.</summary>
public sealed class DnssecProbeTests
{
    private const string Unavailable = "DNSSEC validation may be unavailable";

    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 0, false, "reason: dnssec_probe 'ns:.' received a response that is not DNSSEC validated")]
    [InlineData("", 3, false, "reason: dnssec_probe 'ns:.' received a response that is not DNSSEC validated")]
    [InlineData("", 2, false, "reason: dnssec_probe 'ns:.' received no response: Host or domain name not found. Name service error for name=. type=NS: Host not found, try again")]
    [InlineData("", 0, true, null)]
    [InlineData("dnssec_probe = mx:probe.test.", 0, false, "reason: dnssec_probe 'mx:probe.test.' received a response that is not DNSSEC validated")]
    [InlineData("dnssec_probe = mx:probe.test.", 2, false, "reason: dnssec_probe 'mx:probe.test.' received no response: Host or domain name not found. Name service error for name=probe.test. type=MX: Host not found, try again")]
    public async Task NothingValidated_IsProbedOnce_AndTold(string mainCf, int code, bool isAuthentic, string? reason)
    {
        var (name, type) = mainCf.Length == 0 ? ("", DnsRecordType.NS) : ("probe.test", DnsRecordType.MX);
        await using var server = Server(("a.test", false), ("b.test", false)).Add(name, type, r =>
        {
            r.Code = code;
            r.Authentic = isAuthentic;
        });
        var warnings = await AskAsync(server, mainCf, "a.test", "b.test");
        Assert.Equal(reason == null ? [] : [Unavailable, reason], warnings);
        Assert.Equal(["a.test", name, "b.test"], server.Queries.Select(q => q.Name));
    }

    [Fact]
    public async Task SomethingValidated_ShowsThatTheResolverDoes()
    {
        await using var server = Server(("signed.test", true), ("a.test", false));
        Assert.Empty(await AskAsync(server, "", "signed.test", "a.test"));
        Assert.Equal(["signed.test", "a.test"], server.Queries.Select(q => q.Name));
    }

    [Fact]
    public async Task NoAnswer_SaysNothingOfValidation()
    {
        await using var server = Server(("a.test", false)).Fail("b.test", DnsRecordType.A);
        Assert.Equal(2, (await AskAsync(server, "", "b.test", "a.test")).Count);
        Assert.Equal(["b.test", "a.test", ""], server.Queries.Select(q => q.Name));
    }

    [Fact]
    public async Task EmptyProbe_AndUnvalidatedQuestions_AskNothing()
    {
        await using var server = Server(("a.test", false));
        Assert.Empty(await AskAsync(server, "dnssec_probe =", "a.test"));
        await using var resolver = Resolver(server, "", []);
        await resolver.QueryAsync("a.test", DnsRecordType.A, None);
        Assert.Equal(["a.test", "a.test"], server.Queries.Select(q => q.Name));
    }

    [Theory]
    [InlineData("bad")]
    [InlineData("ns:")]
    [InlineData(":.")]
    [InlineData("2:.")]
    [InlineData("foo:.")]
    [InlineData("ns : .")]
    [InlineData("ns:a..b")]
    public void Malformed_IsRefused(string value)
    {
        var parameters = ParameterSet.Parse($"dnssec_probe = {value}\n");
        var e = Assert.Throws<ConfigurationException>(() => DnssecProbe.Create(parameters, static _ => { }));
        Assert.Contains($"malformed dnssec_probe value: {value} format is qtype:qname", e.Message);
    }

    private static StubDnsServer Server(params (string Name, bool IsAuthentic)[] names)
    {
        var server = new StubDnsServer();
        foreach (var (name, isAuthentic) in names)
        {
            server.Address(name, "192.0.2.1").Add(name, DnsRecordType.A, r => r.Authentic = isAuthentic);
        }

        return server;
    }

    private static DnsResolver Resolver(StubDnsServer server, string mainCf, List<string> warnings) =>
        new(TimeProvider.System, server.Configuration) { DnssecProbe = DnssecProbe.Create(ParameterSet.Parse(mainCf + "\n"), warnings.Add) };

    private static async Task<List<string>> AskAsync(StubDnsServer server, string mainCf, params string[] names)
    {
        var warnings = new List<string>();
        await using var resolver = Resolver(server, mainCf, warnings);
        foreach (var name in names)
        {
            await resolver.QueryAsync(name, DnsRecordType.A, None, dnssecOk: true);
        }

        return warnings;
    }
}
