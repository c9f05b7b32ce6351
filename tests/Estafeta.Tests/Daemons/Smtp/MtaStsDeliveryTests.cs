using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Net.MtaSts;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>MTA-STS in the client (RFC 8461 §5) and what TLS reports say of each attempt (RFC 8460 §4.3).</summary>
public sealed class MtaStsDeliveryTests : IDisposable
{
    private const string WithTls = "250-mx.test\n250-PIPELINING\n250-STARTTLS\n250 8BITMIME";
    private const string InsideTls = "250-mx.test\n250-PIPELINING\n250 8BITMIME";
    private const string Sent = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)";

    private readonly TestCertificates _certificates = new();
    private readonly FakeTlsManager _manager = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta");

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    private ScriptedSmtpServer Server(string certificate, bool isExpired = false)
    {
        var file = _certificates.Issue(certificate, isExpired);
        return new ScriptedSmtpServer { Certificate = X509Certificate2.CreateFromPemFile(file, file) }.On("EHLO", WithTls, InsideTls).On("STARTTLS", "220 2.0.0 ready");
    }

    private async Task<string> DeliverAsync(ScriptedSmtpServer server, string level, string more = "")
    {
        await using var harness = Harness(level, more);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        return harness.Lines.Last();
    }

    private SmtpAgentHarness Harness(string level, string more = "")
    {
        var harness = new SmtpAgentHarness(
            $"smtp_tls_security_level = {level}\nsmtp_tls_CAfile = {_certificates.CaFile}\nestafeta_mta_sts = yes\nsmtp_tlsrpt_enable = yes\n{more}", tlsManager: _manager);
        harness.Dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1");
        return harness;
    }

    private static string To(string tls, string rest) => $"to=<u@x.test>, relay=mx.x.test[127.0.0.1]:25, tls={tls}, {rest}";

    private string Outcomes => string.Join('\n', _manager.Outcomes.Select(o => $"{o.Domain} {o.PolicyType} {(o.IsFailure ? o.ResultType : "ok")}"));

    [Fact]
    public async Task Enforced_TheRightCertificateIsVerified()
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "*.x.test");
        await using var server = Server("mx.x.test");
        Assert.Equal(To("secure", Sent), await DeliverAsync(server, "may"));
        Assert.Equal("x.test", Assert.Single(_manager.Asked));
        var outcome = Assert.Single(_manager.Outcomes);
        Assert.Equal(("x.test", "sts", "", "mx.x.test", "127.0.0.1"), (outcome.Domain, outcome.PolicyType, outcome.ResultType, outcome.ReceivingHost, outcome.ReceivingAddress));
        Assert.Equal(["version: STSv1", "mode: enforce", "mx: *.x.test", "max_age: 1000"], outcome.PolicyStrings);
    }

    // B07: an active attacker must not get the mail in clear, nor to another host.
    [Theory]
    [InlineData("other.test", false, "certificate-host-mismatch")]
    [InlineData("mx.x.test", true, "certificate-expired")]
    public async Task Enforced_BadCertificatesAreRefused(string name, bool isExpired, string result)
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx.x.test");
        await using var server = Server(name, isExpired);
        Assert.Equal(To("!secure", "dsn=4.7.5, status=deferred (Server certificate not verified)"), await DeliverAsync(server, "may"));
        await server.ClientsGoneAsync();
        Assert.DoesNotContain("MAIL FROM", server.Commands);
        Assert.Equal($"x.test sts {result}", Outcomes);
    }

    [Fact]
    public async Task Enforced_StrippedStartTls_IsRefused()
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx.x.test");
        await using var server = new ScriptedSmtpServer();
        Assert.Equal(
            To("!secure", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.x.test[127.0.0.1])"), await DeliverAsync(server, "may"));
        await server.ClientsGoneAsync();
        Assert.DoesNotContain("MAIL FROM", server.Commands);
        Assert.Equal("x.test sts starttls-not-supported", Outcomes);
    }

    [Fact]
    public async Task Enforced_AnotherMxHost_IsNotEvenAsked()
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx1.x.test");
        await using var server = Server("mx.x.test");
        Assert.Equal(
            "to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (MX host mx.x.test is not in the MTA-STS policy of x.test)", await DeliverAsync(server, "may"));
        Assert.Empty(server.Commands);
        Assert.Equal("x.test sts validation-failure", Outcomes);
    }

    [Theory]
    [InlineData("mx.x.test", "mx.x.test", "ok")]
    [InlineData("other.test", "mx.x.test", "certificate-host-mismatch")]
    [InlineData("mx.x.test", "mx1.x.test", "certificate-host-mismatch")]
    public async Task Testing_DeliversAndReports(string certificate, string pattern, string result)
    {
        _manager.Finding = FakeTlsManager.Policy("testing", pattern);
        await using var server = Server(certificate);
        Assert.Equal(To("may", Sent), await DeliverAsync(server, "may"));
        Assert.Equal($"x.test sts {result}", Outcomes);
    }

    [Fact]
    public async Task WithoutPolicy_TheLevelStays()
    {
        await using var server = Server("other.test");
        Assert.Equal(To("may", Sent), await DeliverAsync(server, "may"));
        Assert.Equal("x.test no-policy-found ok", Outcomes);
    }

    [Fact]
    public async Task PolicyThatCannotBeHad_IsReported()
    {
        _manager.Finding = new StsFinding(null, "sts-policy-fetch-error", "HTTP status 404");
        await using var server = Server("other.test");
        Assert.Equal(To("may", Sent), await DeliverAsync(server, "may"));
        Assert.Equal("x.test sts sts-policy-fetch-error\nx.test no-policy-found ok", Outcomes);
        Assert.Equal("HTTP status 404", _manager.Outcomes.First().AdditionalInformation);
    }

    [Fact]
    public async Task TlsmgrAway_TheMailWaits()
    {
        _manager.Finding = null;
        await using var server = Server("mx.x.test");
        Assert.Equal("to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (MTA-STS policy lookup error)", await DeliverAsync(server, "may"));
        Assert.Empty(server.Commands);
    }

    [Theory]
    [InlineData("none", "none")]
    [InlineData("verify", "verify")]
    public async Task OtherLevels_DoNotAsk(string level, string tls)
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx1.x.test");
        await using var server = Server("mx.x.test");
        Assert.Equal(To(tls, Sent), await DeliverAsync(server, level));
        Assert.Empty(_manager.Asked);
    }

    [Fact]
    public async Task PolicyMap_Wins()
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx1.x.test");
        await using var server = Server("mx.x.test");
        Assert.Equal(To("encrypt", Sent), await DeliverAsync(server, "may", "smtp_tls_policy_maps = static:encrypt\n"));
        Assert.Empty(_manager.Asked);
    }

    // RFC 8461 §2: a failing DANE validation is not made good by STS; a domain with DANE is not asked for STS.
    [Theory]
    [InlineData(true, "ok")]
    [InlineData(false, "validation-failure")]
    public async Task Dane_ComesFirst(bool matches, string result)
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx.x.test");
        await using var server = Server("mx.x.test");
        await using var harness = Harness("dane", "smtp_dns_support_level = dnssec\n");
        harness.Dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = true).Add("mx.x.test", DnsRecordType.A, r => r.Authentic = true);
        var data = System.Security.Cryptography.SHA256.HashData(matches ? server.Certificate!.PublicKey.ExportSubjectPublicKeyInfo() : []);
        var name = $"_{server.Port}._tcp.mx.x.test";
        harness.Dns.Add(name, DnsRecordType.TLSA, r => { r.Authentic = true; r.Tlsa(name, 3, 1, 1, data); });
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        Assert.StartsWith($"to=<u@x.test>, relay=mx.x.test[127.0.0.1]:25, tls={(matches ? "dane, dsn=2.0.0" : "!dane, dsn=4.7.5")}", harness.Lines.Last());
        Assert.Empty(_manager.Asked);
        Assert.Equal($"x.test tlsa {result}", Outcomes);
    }

    [Fact]
    public async Task DaneWithoutTlsa_LeavesItToSts()
    {
        _manager.Finding = FakeTlsManager.Policy("enforce", "mx.x.test");
        await using var server = Server("mx.x.test");
        await using var harness = Harness("dane", "smtp_dns_support_level = dnssec\n");
        harness.Dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = true).Add("mx.x.test", DnsRecordType.A, r => r.Authentic = true);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        Assert.Equal(To("secure", Sent), harness.Lines.Last());
        Assert.Equal("x.test sts ok", Outcomes);
    }

    // smtp_tls_policy_maps of a plug-in, as postfix-mta-sts-resolver and postfix-tlspol answer (3.10).
    [Theory]
    [InlineData("mx.x.test", "yes", true)]
    [InlineData("mx1.x.test", "yes", false)]
    [InlineData("mx1.x.test", "no", true)]
    public async Task PolicyMapWithStsAttributes(string pattern, string enforces, bool isSent)
    {
        await using var server = Server("mx.x.test");
        var policy = $"secure match=mx.x.test servername=hostname policy_type=sts policy_domain=x.test policy_ttl=100 {{ policy_string = version: STSv1 }} {{ policy_string = mode: enforce }} mx_host_pattern={pattern}";
        var line = await DeliverAsync(server, "may", $"smtp_tls_policy_maps = static:{{{policy}}}\nsmtp_tls_enforce_sts_mx_patterns = {enforces}\n");
        Assert.Equal(
            isSent ? To("secure", Sent) : "to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (MX host mx.x.test does not match the MTA-STS policy)", line);
        if (isSent)
        {
            Assert.Equal(["version: STSv1", "mode: enforce"], Assert.Single(_manager.Outcomes).PolicyStrings);
        }
    }

    [Theory]
    [InlineData("v=TLSRPTv1;rua=mailto:r@x.test", "x.test", 0)]
    [InlineData("v=TLSRPTv1;rua=mailto:r@x.test", "other.test", 1)]
    [InlineData("v=spf1 -all", "x.test", null)]
    public async Task Collector_IsToldInPlaceOfTlsmgr_WhereReportsAreWanted(string record, string name, int? failure)
    {
        var path = Path.Combine(_directory.FullName, "tlsrpt.sock");
        using var collector = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        collector.Bind(new UnixDomainSocketEndPoint(path));
        await using var server = Server("mx." + name);
        await using (var harness = Harness("verify", $"smtp_tls_verify_cert_match = mx.x.test\nestafeta_mta_sts = no\nsmtp_tlsrpt_socket_name = {path}\n"))
        {
            harness.Dns.Text("_smtp._tls.x.test", record);
            await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        }

        Assert.Empty(_manager.Outcomes);
        if (failure is not { } number)
        {
            Assert.Equal(0, collector.Available); // a datagram is there as soon as it is sent
            return;
        }

        var buffer = new byte[10_000];
        var datagram = Encoding.UTF8.GetString(buffer, 0, collector.Receive(buffer));
        Assert.StartsWith("{\"dpv\":\"1\",\"d\":\"x.test\",\"pr\":\"v=TLSRPTv1;rua=mailto:r@x.test\",\"policies\":[{\"policy-type\":9", datagram, StringComparison.Ordinal);
        Assert.EndsWith($",\"f\":{number}}}]}}", datagram, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_ThatIsNotThere_CostsALineOnly()
    {
        await using var server = Server("mx.x.test");
        await using var harness = Harness("may", "estafeta_mta_sts = no\nsmtp_tlsrpt_socket_name = /nonexistent/socket\n");
        harness.Dns.Text("_smtp._tls.x.test", "v=TLSRPTv1;rua=mailto:r@x.test");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        Assert.Equal(["warning: cannot file TLS report for x.test: /nonexistent/socket: No such file or directory", To("may", Sent)], harness.Lines);
    }

    // Then the certificate is the MX host's own, whatever names the plug-in would take.
    [Theory]
    [InlineData("yes", false)]
    [InlineData("no", true)]
    public async Task PolicyMapWithStsAttributes_CertificateOfAnotherHost(string enforces, bool isSent)
    {
        await using var server = Server("other.x.test");
        const string Policy = "secure match=.x.test servername=hostname policy_type=sts mx_host_pattern=*.x.test";
        var line = await DeliverAsync(server, "may", $"smtp_tls_policy_maps = static:{{{Policy}}}\nsmtp_tls_enforce_sts_mx_patterns = {enforces}\n");
        Assert.Equal(isSent ? To("secure", Sent) : To("!secure", "dsn=4.7.5, status=deferred (Server certificate not verified)"), line);
    }

    [Theory]
    [InlineData("secure", false, "!secure", "dsn=4.7.5, status=deferred (Server certificate not verified)")]
    [InlineData("may", true, "may", Sent)]
    public async Task PolicyMapWithAFailedPolicy_NoCertificateIsGoodEnough(string level, bool isSent, string tls, string rest)
    {
        await using var server = Server("mx.x.test");
        var policy = $"{level}{(level == "secure" ? " match=mx.x.test" : "")} servername=hostname policy_type=sts policy_domain=x.test policy_failure=sts-webpki-invalid";
        Assert.Equal(To(tls, rest), await DeliverAsync(server, "may", $"smtp_tls_policy_maps = static:{{{policy}}}\n"));
        Assert.Equal(isSent, server.Commands.Contains("MAIL FROM", StringComparison.Ordinal));
        Assert.Equal("x.test sts sts-webpki-invalid", Outcomes);
    }
}
