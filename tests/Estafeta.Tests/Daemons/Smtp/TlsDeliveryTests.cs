using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Configuration;
using Estafeta.Mail.Dsn;
using Estafeta.Net.Dns;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>Security levels against good, wrong, expired and self-signed certificates; the lines recorded from Postfix.</summary>
public sealed class TlsDeliveryTests : IDisposable
{
    private const string WithTls = "250-mx.test\n250-PIPELINING\n250-STARTTLS\n250 8BITMIME";
    private const string InsideTls = "250-mx.test\n250-PIPELINING\n250 8BITMIME";
    private const string Sent = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)";
    private const string Summary = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256";

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private static X509Certificate2 Load(string file) => X509Certificate2.CreateFromPemFile(file, file);

    private ScriptedSmtpServer Server(string certificate, bool isExpired = false) =>
        new ScriptedSmtpServer { Certificate = Load(_certificates.Issue(certificate, isExpired)) }.On("EHLO", WithTls, InsideTls).On("STARTTLS", "220 2.0.0 ready");

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=mx.x.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private async Task<SmtpAgentHarness> DeliverAsync(ScriptedSmtpServer server, string level, string more = "", DateTimeOffset? arrival = null)
    {
        var harness = new SmtpAgentHarness($"smtp_tls_security_level = {level}\nsmtp_tls_CAfile = {_certificates.CaFile}\nsmtp_tls_loglevel = 1\n{more}");
        harness.Dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1");
        var request = SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test");
        await harness.DeliverAsync(arrival is { } time ? request with { ArrivalTime = time } : request);
        return harness;
    }

    private static string Established(string word) => $"{word} TLS connection established to mx.x.test[127.0.0.1]:25: {Summary}";

    private static string To(string tls, string rest) => $"to=<u@x.test>, relay=mx.x.test[127.0.0.1]:25, tls={tls}, {rest}";

    private static string Unverified(string level) => To("!" + level, "dsn=4.7.5, status=deferred (Server certificate not verified)");

    [Theory]
    [InlineData("may", "/nonexistent.pem", true)]
    [InlineData("encrypt", "/nonexistent.pem", true)]
    [InlineData("encrypt", "/dev/null", false)]
    public async Task OwnCertificate_ThatCannotBeOpened_IsDoneWithout(string level, string file, bool goesOn)
    {
        await using var server = Server("mx.x.test");
        var harness = await DeliverAsync(server, level, $"smtp_tls_chain_files = {file}");
        var log = string.Join('\n', harness.Log.Lines);
        if (goesOn)
        {
            Assert.Contains($"warning: error opening chain file: {file}: No such file or directory\n", log, StringComparison.Ordinal);
            Assert.Contains("Trusted TLS connection established to mx.x.test[127.0.0.1]", log, StringComparison.Ordinal);
            Assert.Contains(Sent, log, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains($"warning: error loading private keys and certificates from: {file}: disabling TLS support\n", log, StringComparison.Ordinal);
            Assert.Contains("dsn=4.7.5, status=deferred (TLS is required, but our TLS engine is unavailable)", log, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("may")]
    [InlineData("encrypt")]
    public async Task WithoutAuthentication_AnyCertificateDoes(string level)
    {
        await using var good = Server("mx.x.test");
        await using var wrong = Server("other.test");
        await using var expired = Server("mx.x.test", isExpired: true);
        await using var self = Server("mx.x.test");
        self.Certificate = SelfSigned();
        foreach (var (server, word) in new[] { (good, "Trusted"), (wrong, "Trusted"), (expired, "Untrusted"), (self, "Untrusted") })
        {
            await using var harness = await DeliverAsync(server, level);
            Assert.Equal([Established(word), To(level, Sent)], harness.Lines);
            await server.ClientsGoneAsync();
            Assert.StartsWith("EHLO client.example.test\nSTARTTLS\nEHLO client.example.test\nMAIL FROM", server.Commands);
        }
    }

    [Theory]
    [InlineData("verify", "mx.x.test")]
    [InlineData("secure", "x.test")]
    [InlineData("secure", "any.x.test")]
    public async Task WithAuthentication_TheRightNameIsVerified(string level, string name)
    {
        await using var server = Server(name);
        await using var harness = await DeliverAsync(server, level);
        Assert.Equal([Established("Verified"), To(level, Sent)], harness.Lines);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("secure")]
    public async Task WithAuthentication_BadCertificatesAreRefused(string level)
    {
        await using var wrong = Server("other.test");
        await using var expired = Server("x.test", isExpired: true);
        await using var self = Server("mx.x.test");
        self.Certificate = SelfSigned();
        const string Relay = "mx.x.test[127.0.0.1]:25";
        foreach (var (server, reason) in new[]
        {
            (wrong, $"server certificate verification failed for {Relay}: num=62:hostname mismatch"),
            (expired, $"server certificate verification failed for {Relay}: certificate has expired"),
            (self, $"certificate verification failed for {Relay}: self-signed certificate"),
        })
        {
            await using var harness = await DeliverAsync(server, level, level == "verify" ? "smtp_tls_verify_cert_match = nexthop\n" : "");
            Assert.Equal([reason, Established("Untrusted"), Unverified(level)], harness.Lines);
            await server.ClientsGoneAsync();
            Assert.DoesNotContain("MAIL FROM", server.Commands);
        }
    }

    [Fact]
    public async Task Fingerprint_OfCertificateOrKey()
    {
        await using var server = Server("whatever.test");
        var certificate = string.Join(':', SHA256.HashData(server.Certificate!.RawData).Select(b => b.ToString("x2")));
        var key = string.Join(':', SHA256.HashData(server.Certificate.PublicKey.ExportSubjectPublicKeyInfo()).Select(b => b.ToString("X2")));
        foreach (var (fingerprint, line) in new[] { (certificate, To("fingerprint", Sent)), (key, To("fingerprint", Sent)), ("AA:BB", Unverified("fingerprint")) })
        {
            server.On("EHLO", [.. Enumerable.Range(0, 10).SelectMany(_ => new[] { WithTls, InsideTls })]);
            await using var harness = await DeliverAsync(server, "fingerprint", $"smtp_tls_fingerprint_digest = sha256\nsmtp_tls_fingerprint_cert_match = {fingerprint}\n");
            Assert.Equal(line, harness.Lines.Last());
        }
    }

    [Theory]
    [InlineData("may", "may:none", Sent)]
    [InlineData("encrypt", "!encrypt", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.x.test[127.0.0.1])")]
    public async Task NotOffered(string level, string tls, string rest)
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = await DeliverAsync(server, level);
        Assert.Equal([To(tls, rest)], harness.Lines);
    }

    [Theory]
    [InlineData("may", "may:none", Sent)]
    [InlineData("encrypt", "!encrypt", "dsn=4.7.0, status=deferred (TLS is required, but host mx.x.test[127.0.0.1] refused to start TLS: 454 4.7.0 TLS not available)")]
    public async Task Refused(string level, string tls, string rest)
    {
        await using var server = Server("mx.x.test").On("STARTTLS", "454 4.7.0 TLS not available");
        await using var harness = await DeliverAsync(server, level);
        Assert.Equal([To(tls, rest)], harness.Lines);
    }

    // What makes no sense lowers nothing: not to a default, and not to cleartext.
    [Theory]
    [InlineData("smtp_tls_ciphers = bogus", "invalid cipher grade: \"bogus\"")]
    [InlineData("smtp_tls_protocols = TLSv9", "Invalid TLS protocol list \"TLSv9\": aborting TLS session")]
    public async Task SettingsThatMakeNoSense_MailWaits(string setting, string complaint)
    {
        await using var server = Server("mx.x.test");
        await using var harness = await DeliverAsync(server, "may", setting + "\n");
        Assert.Equal(
            [$"warning: mx.x.test[127.0.0.1]:25: {complaint}", To("may?", "dsn=4.7.5, status=deferred (Cannot start TLS: handshake failure)")],
            harness.Lines);
        await server.ClientsGoneAsync();
        Assert.DoesNotContain("MAIL FROM", server.Commands);
    }

    // An address has no name to look up records of.
    [Theory]
    [InlineData("dane-only", "relay=none, dsn=4.7.5, status=deferred (no TLSA records found)")]
    [InlineData("dane", "relay=127.0.0.1[127.0.0.1]:25, tls=may, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)")]
    public async Task Dane_ForAnAddress(string level, string end)
    {
        await using var server = Server("mx.x.test");
        await using var harness = new SmtpAgentHarness($"smtp_tls_security_level = {level}\nsmtp_dns_support_level = dnssec\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal("to=<u@x.test>, " + end, harness.Lines.Last());
    }

    [Fact]
    public async Task FingerprintsThatAreNotThere_MailWaits()
    {
        await using var server = Server("mx.x.test");
        await using var harness = await DeliverAsync(server, "fingerprint", "smtp_tls_fingerprint_digest = sha256\n");
        Assert.StartsWith("warning: nexthop domain x.test", harness.Lines.First(), StringComparison.Ordinal);
        Assert.EndsWith(": configured at fingerprint security level, but with no fingerprints to match.", harness.Lines.First(), StringComparison.Ordinal);
        Assert.Equal("to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (client TLS configuration problem)", harness.Lines.Last());
        Assert.Empty(server.Commands);
    }

    [Fact]
    public async Task DigestThatIsUnknown_MeansNoTls()
    {
        await using var server = Server("mx.x.test");
        await using var harness = await DeliverAsync(server, "fingerprint", "smtp_tls_fingerprint_digest = sha-257\nsmtp_tls_fingerprint_cert_match = AA\n");
        Assert.Equal(
            [
                "warning: Digest algorithm \"sha-257\" not found",
                "warning: disabling TLS support",
                To("!fingerprint", "dsn=4.7.5, status=deferred (TLS is required, but our TLS engine is unavailable)"),
            ],
            harness.Lines);
    }

    [Theory]
    [InlineData("may")]
    [InlineData("secure")]
    public async Task HandshakeFails_MailWaits(string level)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", WithTls).On("STARTTLS", "220 ready+CLOSE");
        await using var harness = await DeliverAsync(server, level);
        Assert.Equal(
            [
                "SSL_connect error to mx.x.test[127.0.0.1]:25: lost connection",
                To(level == "may" ? "may?" : "!" + level, "dsn=4.7.5, status=deferred (Cannot start TLS: handshake failure)"),
            ],
            harness.Lines);
        Assert.DoesNotContain("MAIL FROM", server.Commands);
    }

    [Fact]
    public async Task HandshakeFails_OldMailGoesInClear_OnlyWhenOpportunistic()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", WithTls).On("STARTTLS", "220 ready+CLOSE");
        await using var harness = await DeliverAsync(server, "may", arrival: DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(To("may:none", Sent), harness.Lines.Last());
        await using var strict = await DeliverAsync(server, "encrypt", arrival: DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(DeliveryAction.Deferred, strict.Reports[0].Action);
    }

    [Fact]
    public async Task WordsInjectedBeforeTls_EndTheSession()
    {
        await using var server = Server("mx.x.test").On("STARTTLS", "220 ready\n250-mx.test\n250 AUTH PLAIN");
        await using var harness = await DeliverAsync(server, "encrypt");
        Assert.Contains("sent unexpected data after the STARTTLS reply", harness.Log.Lines[0]);
        Assert.Equal(DeliveryAction.Deferred, harness.Reports[0].Action);
        Assert.DoesNotContain("--tls", server.Transcript);
    }

    [Fact]
    public async Task Wrapper_IsTlsFromTheFirstOctet()
    {
        await using var server = new ScriptedSmtpServer { IsWrapped = true, Certificate = Load(_certificates.Issue("mx.x.test")) };
        await using var harness = await DeliverAsync(server, "encrypt", "smtp_tls_wrappermode = yes\n");
        Assert.Equal([Established("Trusted"), To("encrypt", Sent)], harness.Lines);
        Assert.DoesNotContain("STARTTLS", server.Commands);
    }

    [Theory]
    [InlineData("x.test:PORT=none", "none", Sent)]
    [InlineData("x.test:PORT={secure match=other.test servername=sni.test}", "secure", Sent)]
    [InlineData("x.test:PORT={secure bad=1}", null, "dsn=4.7.5, status=deferred (client TLS configuration problem)")]
    [InlineData(".test=encrypt", "may", Sent)]
    public async Task PolicyMap_ByNexthop(string entry, string? tls, string rest)
    {
        await using var server = Server("other.test");
        entry = entry.Replace("PORT", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await using var harness = await DeliverAsync(server, "may", $"smtp_tls_policy_maps = inline:{{{{{entry.Replace("={", "=", StringComparison.Ordinal).TrimEnd('}')}}}}}\n");
        Assert.Equal(tls == null ? $"to=<u@x.test>, relay=none, {rest}" : To(tls, rest), harness.Lines.Last());
        Assert.Equal(tls == "secure", server.Transcript.Contains("--sni sni.test"));
    }

    // smtp_tls_per_site, the older table of levels: what it says of the host or the next hop stands in for the parameters.
    [Theory]
    [InlineData("mx.x.test=NONE", "encrypt", "none", true)]
    [InlineData("mx.x.test=may", "encrypt", "may", true)]
    [InlineData("mx.x.test=MUST_NOPEERMATCH", "may", "encrypt", true)]
    [InlineData("mx.x.test=MUST", "may", "verify", false)]
    [InlineData("mx.y.test=MUST", "may", "may", true)]
    public async Task PerSite_ByHost(string entry, string level, string found, bool isSent)
    {
        await using var server = Server("other.test");
        await using var harness = await DeliverAsync(server, level, $"smtp_tls_per_site = inline:{{{entry}}}\n");
        Assert.Equal(isSent ? To(found, Sent) : Unverified(found), harness.Lines.Last());
    }

    [Theory]
    [InlineData("yes", "a.b.x.test", true)]
    [InlineData("no", "a.b.x.test", false)]
    [InlineData("no", "b.x.test", true)]
    public async Task Wildcard_StandsForOneLabel_OrMore(string setting, string name, bool isVerified)
    {
        await using var server = Server("*.x.test");
        await using var harness = await DeliverAsync(server, "verify", $"smtp_tls_verify_cert_match = {name}\ntls_wildcard_matches_multiple_labels = {setting}\n");
        Assert.Equal(isVerified ? To("verify", Sent) : Unverified("verify"), harness.Lines.Last());
    }

    [Theory]
    [InlineData("may", "smtp_tls_exclude_ciphers = AES256, CHACHA20", "ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("encrypt", "smtp_tls_mandatory_exclude_ciphers = AES256, CHACHA20", "ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("may", "smtp_tls_mandatory_exclude_ciphers = AES256, CHACHA20", "ECDHE-RSA-AES256-GCM-SHA384")]
    public async Task Ciphers_AreExcluded(string level, string setting, string cipher)
    {
        await using var server = Server("mx.x.test");
        await using var harness = await DeliverAsync(server, level, $"smtp_tls_protocols = TLSv1.2\nsmtp_tls_mandatory_protocols = TLSv1.2\n{setting}\n");
        Assert.Contains($": TLSv1.2 with cipher {cipher} (", harness.Lines.First(), StringComparison.Ordinal);
        Assert.Equal(To(level, Sent), harness.Lines.Last());
    }

    [Theory]
    [InlineData(true, true, "dane", "Verified")]
    [InlineData(true, false, "dane", null)]
    [InlineData(false, true, "may", "Untrusted")]
    public async Task Dane_TlsaDecides(bool isSigned, bool isRight, string level, string? word)
    {
        await using var server = Server("unrelated.test");
        server.Certificate = SelfSigned();
        var data = SHA256.HashData(server.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
        data[0] ^= (byte)(isRight ? 0 : 1);
        await using var harness = await DeliverByDaneAsync(server, data, isMxSigned: isSigned, isHostSigned: isSigned);
        Assert.Equal(word == null ? Unverified(level) : To(level, Sent), harness.Lines.Last());
        Assert.Contains(Established(word ?? "Untrusted"), harness.Lines);
    }

    // smtp_tls_dane_insecure_mx_policy: the zone of the MX host is signed, that of the domain is not.
    [Theory]
    [InlineData("may", false, "may", "Untrusted")]
    [InlineData("encrypt", true, "encrypt", "Untrusted")]
    [InlineData("encrypt", false, "encrypt", "Untrusted")]
    [InlineData("dane", true, "halfdane", "Trusted")]
    [InlineData("dane", false, "halfdane", null)]
    [InlineData("", true, "halfdane", "Trusted")]
    public async Task Dane_BehindAnInsecureMx_IsWorthWhatThePolicySays(string setting, bool isRight, string level, string? word)
    {
        await using var server = Server("unrelated.test");
        server.Certificate = SelfSigned();
        var data = SHA256.HashData(server.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
        data[0] ^= (byte)(isRight ? 0 : 1);
        var more = setting.Length > 0 ? $"smtp_tls_dane_insecure_mx_policy = {setting}\n" : "";
        await using var harness = await DeliverByDaneAsync(server, data, isMxSigned: false, isHostSigned: true, more);
        Assert.Equal(word == null ? Unverified(level) : To(level, Sent), harness.Lines.Last());
        Assert.Contains(Established(word ?? "Untrusted"), harness.Lines);
    }

    [Theory]
    [InlineData("may", "may:none", Sent)]
    [InlineData("encrypt", "!encrypt", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.x.test[127.0.0.1])")]
    [InlineData("dane", "!halfdane", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.x.test[127.0.0.1])")]
    public async Task Dane_BehindAnInsecureMx_TlsIsOptionalOnlyWithMay(string setting, string tls, string rest)
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = await DeliverByDaneAsync(server, new byte[32], isMxSigned: false, isHostSigned: true, $"smtp_tls_dane_insecure_mx_policy = {setting}\n");
        Assert.Equal(To(tls, rest), harness.Lines.Last());
        await server.ClientsGoneAsync();
        Assert.Equal(setting == "may", server.Commands.Contains("MAIL FROM", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dane")]
    [InlineData("may")]
    public async Task DaneOnly_BehindAnInsecureMx_MakesMailWait(string setting)
    {
        await using var server = Server("mx.x.test");
        await using var harness = await DeliverByDaneAsync(
            server, new byte[32], isMxSigned: false, isHostSigned: true, $"smtp_tls_security_level = dane-only\nsmtp_tls_dane_insecure_mx_policy = {setting}\n");
        Assert.Equal("to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (non DNSSEC destination)", harness.Lines.Last());
    }

    [Theory]
    [InlineData("secure")]
    [InlineData("dane-only")]
    [InlineData("x")]
    public void InsecureMxPolicy_HasThreeValues(string setting)
    {
        var trouble = Assert.Throws<ConfigurationException>(() => new SmtpAgentHarness($"smtp_tls_dane_insecure_mx_policy = {setting}\n"));
        Assert.Equal($"invalid smtp_tls_dane_insecure_mx_policy: \"{setting}\"", trouble.Message);
    }

    private static async Task<SmtpAgentHarness> DeliverByDaneAsync(
        ScriptedSmtpServer server, byte[] data, bool isMxSigned, bool isHostSigned, string more = "")
    {
        var harness = new SmtpAgentHarness($"smtp_tls_security_level = dane\nsmtp_dns_support_level = dnssec\nsmtp_tls_loglevel = 1\n{more}");
        var tlsa = $"_{server.Port}._tcp.mx.x.test";
        harness.Dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1").Add(tlsa, DnsRecordType.TLSA, r => r.Tlsa(tlsa, 3, 1, 1, data));
        harness.Dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = isMxSigned);
        harness.Dns.Add("mx.x.test", DnsRecordType.A, r => r.Authentic = isHostSigned).Add(tlsa, DnsRecordType.TLSA, r => r.Authentic = isHostSigned);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        return harness;
    }

    [Fact]
    public async Task Dane_LookupInTrouble_NeverLowersTheLevel()
    {
        await using var server = Server("mx.x.test");
        await using var harness = new SmtpAgentHarness("smtp_tls_security_level = dane\nsmtp_dns_support_level = dnssec\n");
        harness.Dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1").Fail($"_{server.Port}._tcp.mx.x.test", DnsRecordType.TLSA);
        harness.Dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = true).Add("mx.x.test", DnsRecordType.A, r => r.Authentic = true);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        Assert.Equal($"to=<u@x.test>, relay=none, dsn=4.7.5, status=deferred (TLSA lookup error for mx.x.test:{server.Port})", harness.Lines.Last());
    }

    [Theory]
    [InlineData("no", 2)]
    [InlineData("yes", 1)]
    public async Task ConnectionReuse_OverTls_OnlyWhenAllowed(string setting, int connections)
    {
        await using var server = Server("mx.x.test").On("EHLO", WithTls, InsideTls, WithTls, InsideTls);
        await using var harness = new SmtpAgentHarness($"smtp_tls_security_level = may\nsmtp_tls_connection_reuse = {setting}\n");
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        await harness.DeliverAsync(request);
        harness.Reports.Clear();
        await harness.DeliverAsync(request);
        Assert.Equal(connections, server.Connections);
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
    }
}
