using System.Net;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls;
using Estafeta.Tests.Net.Dns;
using Estafeta.Tests.Net.Https;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Net.MtaSts;

/// <summary>Discovery, fetch, cache and expiry against a scripted zone and a local HTTPS server.</summary>
public sealed class StsPoliciesTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-sts");
    private readonly List<string> _log = [];
    private readonly ManualTime _time = new();
    private readonly StubDnsServer _dns = new();
    private readonly DnsResolver _resolver;
    private readonly TlsContext _trust;
    private readonly ScriptedHttpsServer _server;

    public StsPoliciesTests()
    {
        _resolver = new DnsResolver(_time, _dns.Configuration);
        _trust = TlsContext.Create(HttpsClient.TrustOptions(_certificates.CaFile, ""));
        _server = new ScriptedHttpsServer(_certificates.Issue("mta-sts.x.test"));
        _dns.Address("mta-sts.x.test", "127.0.0.1");
        Announce("id1");
    }

    private string StoreDirectory => Path.Combine(_folder.FullName, "mta-sts");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _resolver.DisposeAsync();
        await _dns.DisposeAsync();
        _trust.Dispose();
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Announce(string id) => _dns.Add("_mta-sts.x.test", DnsRecordType.TXT, r => r.Clear().Text("_mta-sts.x.test", $"v=STSv1; id={id};"));

    private static string Policy(string mode, int maxAge = 604800) => $"version: STSv1\nmode: {mode}\nmx: mx.x.test\nmax_age: {maxAge}\n";

    private StsPolicies Create(int? port = null) => new(
        new StsPolicyFetcher(_resolver, new HttpsClient(_resolver, _trust, TimeProvider.System, port ?? _server.Port)),
        new StsPolicyStore(StoreDirectory),
        (_, line) => _log.Add(line),
        _time);

    // Later than any answer of the name server is kept.
    private void LetDnsExpire() => _time.Advance(TimeSpan.FromHours(2));

    [Fact]
    public async Task Policy_IsFetchedOnce_AndOutlivesARestart()
    {
        _server.Answer = ScriptedHttpsServer.Page(Policy("enforce"));
        var policies = Create();
        Assert.Equal(StsMode.Enforce, (await policies.FindAsync("x.test", Cancelled)).Policy!.Mode);
        Assert.Equal(StsMode.Enforce, (await policies.FindAsync("x.test", Cancelled)).Policy!.Mode);
        Assert.StartsWith("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.x.test", Assert.Single(_server.Requests));
        Assert.Equal("MTA-STS policy of x.test: id=id1 mode=enforce max_age=604800", Assert.Single(_log));

        Assert.Equal(StsMode.Enforce, (await Create().FindAsync("x.test", Cancelled)).Policy!.Mode);
        Assert.Single(_server.Requests);
        Assert.Equal(["x.test"], Directory.GetFileSystemEntries(StoreDirectory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task NewId_FetchesANewPolicy_AndModeNoneEndsIt()
    {
        _server.Answer = ScriptedHttpsServer.Page(Policy("enforce"));
        var policies = Create();
        await policies.FindAsync("x.test", Cancelled);
        Announce("id2");
        LetDnsExpire();
        _server.Answer = ScriptedHttpsServer.Page(Policy("none"));
        Assert.Null((await policies.FindAsync("x.test", Cancelled)).Policy);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task KeptPolicy_CountsUntilItExpires_WhateverTheNetworkSays()
    {
        _server.Answer = ScriptedHttpsServer.Page(Policy("enforce", 86400));
        var policies = Create();
        await policies.FindAsync("x.test", Cancelled);

        // An attacker hides the record, or announces another policy and breaks the server.
        _dns.Add("_mta-sts.x.test", DnsRecordType.TXT, r => r.Clear());
        LetDnsExpire();
        Assert.NotNull((await policies.FindAsync("x.test", Cancelled)).Policy);
        Announce("id3");
        _server.Answer = ScriptedHttpsServer.Page("", status: "503 Busy");
        LetDnsExpire();
        Assert.NotNull((await policies.FindAsync("x.test", Cancelled)).Policy);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null((await policies.FindAsync("x.test", Cancelled)).Policy);
    }

    [Fact]
    public async Task NoRecord_AsksNobody()
    {
        Assert.Same(StsFinding.Nothing, await Create().FindAsync("other.test", Cancelled));
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "sts-policy-fetch-error", "HTTP status 404")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.x.test/elsewhere\r\nContent-Length: 0\r\n\r\n", "sts-policy-fetch-error", "HTTP status 301")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx", "sts-policy-fetch-error", "content is text/html, not text/plain")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", "sts-policy-invalid", "version is not STSv1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9000000\r\n\r\nx", "sts-policy-fetch-error", "HTTP: content too long")]
    [InlineData("garbage\r\n\r\n", "sts-policy-fetch-error", "HTTP: malformed status line")]
    public async Task FailedFetch_IsToldAndNotRepeatedAtOnce(string answer, string failure, string detail)
    {
        _server.Answer = answer;
        var policies = Create();
        Assert.Equal(new StsFinding(null, failure, detail), await policies.FindAsync("x.test", Cancelled));
        Assert.Equal(failure, (await policies.FindAsync("x.test", Cancelled)).Failure);
        Assert.Single(_server.Requests);
        _time.Advance(TimeSpan.FromMinutes(6));
        _server.Answer = ScriptedHttpsServer.Page(Policy("testing"));
        Assert.Equal(StsMode.Testing, (await policies.FindAsync("x.test", Cancelled)).Policy!.Mode);
    }

    [Fact]
    public async Task Certificate_MustProveThePolicyHost()
    {
        await using var wrong = new ScriptedHttpsServer(_certificates.Issue("x.test"));
        var finding = await Create(wrong.Port).FindAsync("x.test", Cancelled);
        Assert.Equal("sts-webpki-invalid", finding.Failure);
        Assert.DoesNotContain(wrong.Requests, r => r.Length > 0);
        await using var expired = new ScriptedHttpsServer(_certificates.Issue("mta-sts.x.test", isExpired: true));
        Assert.Equal("sts-webpki-invalid", (await Create(expired.Port).FindAsync("x.test", Cancelled)).Failure);
        Assert.DoesNotContain(expired.Requests, r => r.Length > 0);
    }

    [Fact]
    public async Task Renewal_FetchesADayOldPolicyAgain_AndDropsTheExpired()
    {
        _server.Answer = ScriptedHttpsServer.Page(Policy("enforce", 2 * 86400));
        var policies = Create();
        await policies.FindAsync("x.test", Cancelled);
        await policies.RenewAsync(Cancelled);
        Assert.Single(_server.Requests);
        _time.Advance(TimeSpan.FromDays(1));
        await policies.RenewAsync(Cancelled);
        Assert.Equal(2, _server.Requests.Count);
        _time.Advance(TimeSpan.FromDays(2));
        await policies.RenewAsync(Cancelled);
        Assert.Empty(Directory.GetFileSystemEntries(StoreDirectory));
    }

    [Fact]
    public async Task Purge_AndRefresh()
    {
        _server.Answer = ScriptedHttpsServer.Page(Policy("enforce"));
        var policies = Create();
        Assert.False(policies.Purge("x.test"));
        Assert.Equal(StsMode.Enforce, (await policies.RefreshAsync("x.test", Cancelled)).Policy!.Mode);
        Assert.True(policies.Purge("x.test"));
        Assert.False(policies.Purge("../../etc/passwd"));
        Assert.Empty(Directory.GetFileSystemEntries(StoreDirectory));
        Assert.Equal("no MTA-STS record at _mta-sts.other.test", (await policies.RefreshAsync("other.test", Cancelled)).Detail);
    }
}
