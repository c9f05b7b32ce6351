using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.PosttlsFinger;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Net.Dns;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Commands.PosttlsFinger;

/// <summary>What cannot be compared with an installed posttls-finger: DANE, reconnection, LMTP. The rest is in Estafeta.Conformance.</summary>
public sealed class PosttlsFingerTests : IAsyncDisposable
{
    private const string Offer = "250-mx.test\n250-STARTTLS\n250 8BITMIME";

    private readonly TestCertificates _certificates = new();
    private readonly StubDnsServer _dns = new();

    public ValueTask DisposeAsync()
    {
        _certificates.Dispose();
        return _dns.DisposeAsync();
    }

    private ScriptedSmtpServer Server(string certificate)
    {
        var file = _certificates.Issue(certificate);
        return new ScriptedSmtpServer { Certificate = X509Certificate2.CreateFromPemFile(file, file) }
            .On("EHLO", [.. Enumerable.Range(0, 9).SelectMany(_ => new[] { Offer, "250 mx.test" })]).On("STARTTLS", "220 2.0.0 ready");
    }

    private async Task<string[]> RunAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        await using var resolver = _dns.CreateResolver();
        Assert.Equal(0, await PosttlsFingerProgram.RunAsync(["-c", "-o", "inet_protocols=ipv4", .. arguments], TimeProvider.System, new CommandStreams(Stream.Null, output, Stream.Null), resolver));
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void Secure(int port, byte[] data)
    {
        _dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1");
        _dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = true).Add("mx.x.test", DnsRecordType.A, r => r.Authentic = true);
        var name = $"_{port}._tcp.mx.x.test";
        _dns.Add(name, DnsRecordType.TLSA, r => { r.Authentic = true; r.Tlsa(name, 3, 1, 1, data); });
    }

    [Theory]
    [InlineData(true, "Verified")]
    [InlineData(false, "Untrusted")]
    public async Task Dane_IsTheDefault(bool matches, string word)
    {
        await using var server = Server("whatever.test");
        Secure(server.Port, matches ? SHA256.HashData(server.Certificate!.PublicKey.ExportSubjectPublicKeyInfo()) : new byte[32]);
        var lines = await RunAsync($"x.test:{server.Port}");
        Assert.StartsWith($"posttls-finger: {word} TLS connection established to mx.x.test[127.0.0.1]:{server.Port}: TLSv1.3", lines[^1]);
    }

    [Fact]
    public async Task DaneWithoutRecords_IsSecure()
    {
        await using var server = Server("x.test");
        _dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1");
        var lines = await RunAsync("-F", _certificates.CaFile, $"x.test:{server.Port}");
        Assert.Equal($"posttls-finger: mx.x.test[127.0.0.1]:{server.Port}: matched peername: x.test", lines[0]);
        Assert.Contains("Verified TLS", lines[^1]);
    }

    [Fact]
    public async Task WrapperMode()
    {
        var file = _certificates.Issue("mx.x.test");
        await using var server = new ScriptedSmtpServer { Certificate = X509Certificate2.CreateFromPemFile(file, file), IsWrapped = true };
        Assert.Contains("Untrusted TLS", (await RunAsync("-w", "-l", "encrypt", $"[127.0.0.1]:{server.Port}"))[^1]);
    }

    [Theory]
    [InlineData("dane", "Trusted")]
    [InlineData("encrypt", "Untrusted")]
    public async Task InsecureMxPolicy_IsMinusM(string policy, string word)
    {
        await using var server = Server("whatever.test");
        Secure(server.Port, SHA256.HashData(server.Certificate!.PublicKey.ExportSubjectPublicKeyInfo()));
        _dns.Add("x.test", DnsRecordType.MX, r => r.Authentic = false);

        // main.cf does not count.
        var lines = await RunAsync("-o", "smtp_tls_dane_insecure_mx_policy=may", "-M", policy, $"x.test:{server.Port}");
        if (policy == "encrypt")
        {
            // Without TLSA records to go by, the certificate is held against the names.
            Assert.Contains("certificate verification failed", lines[0]);
        }

        Assert.StartsWith($"posttls-finger: {word} TLS connection established", lines[^1]);
    }

    [Theory]
    [InlineData(false, "Untrusted")]
    [InlineData(true, "Verified")]
    public async Task TlsaBehindAnInsecureAddress_IsLookedUpWithMinusF(bool force, string word)
    {
        await using var server = Server("whatever.test");
        Secure(server.Port, SHA256.HashData(server.Certificate!.PublicKey.ExportSubjectPublicKeyInfo()));
        _dns.Add("mx.x.test", DnsRecordType.A, r => r.Authentic = false);
        var lines = await RunAsync([.. force ? (string[])["-f"] : [], $"x.test:{server.Port}"]);
        Assert.StartsWith($"posttls-finger: {word} TLS connection established", lines[^1]);
    }

    [Fact]
    public async Task SrvRecords_ShowTheWayWithMinusR()
    {
        await using var server = Server("srv.x.test");
        _dns.Add("_submission._tcp.x.test", DnsRecordType.SRV, r => r.Srv("_submission._tcp.x.test", 1, 0, (ushort)server.Port, "srv.x.test"))
            .Address("srv.x.test", "127.0.0.1");
        var lines = await RunAsync("-R", "-l", "encrypt", "x.test:submission");
        Assert.Contains($"TLS connection established to srv.x.test[127.0.0.1]:{server.Port}:", lines[^1]);
    }

    [Fact]
    public async Task Session_IsResumedWithMinusR()
    {
        var file = _certificates.Issue("mx.x.test");
        await using var server = new ScriptedSmtpServer { Certificate = X509Certificate2.CreateFromPemFile(file, file) }
            .On("EHLO", [.. Enumerable.Range(0, 9).SelectMany(_ => new[] { Offer, "250 mx.test" })]).On("STARTTLS", "220 2.0.0 ready");
        var lines = await RunAsync("-r", "1", "-m", "1", "-l", "encrypt", $"[127.0.0.1]:{server.Port}");
        Assert.Contains("posttls-finger: Reconnecting after 1 seconds", lines);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("-x", "has no raw public keys; they need OpenSSL 3.2")]
    [InlineData("-X", "there is no tlsproxy to go through; probing directly")]
    public async Task WhatCannotBeDone_IsSaid(string option, string warning)
    {
        await using var server = Server("mx.x.test");
        var lines = await RunAsync(option, "-l", "encrypt", $"[127.0.0.1]:{server.Port}");
        Assert.Contains(lines, line => line.EndsWith(warning, StringComparison.Ordinal) || (option == "-x" && TlsLibrary.HasRawKeys));
        Assert.Contains(" TLS connection established to ", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", 0)]
    [InlineData("summary", 1)]
    [InlineData("peercert", 1)]
    [InlineData("ssl-debug", 10)]
    [InlineData("debug", 12)]
    [InlineData("trace", 12)]
    public async Task Log_IsAsDetailedAsMinusL(string option, int least)
    {
        await using var server = Server("mx.x.test");
        var lines = await RunAsync("-L", option, "-l", "encrypt", $"[127.0.0.1]:{server.Port}");
        Assert.InRange(lines.Length, least, least == 0 ? 0 : least == 1 ? 1 : 100);
    }

    [Fact]
    public async Task NoAddress_IsSaid() =>
        Assert.StartsWith("posttls-finger: Destination address lookup failed: Host or domain name not found. Name service error for name=x.test", (await RunAsync("x.test"))[^1]);
}
