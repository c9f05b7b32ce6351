using System.Net.Security;
using System.Security.Authentication;
using Estafeta.Configuration;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Tls;

public sealed class TlsServerTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly List<string> _log = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    private async Task<(string? Subject, string? Protocol)> ConnectAsync(TlsServer server, string sni, SslProtocols protocols = SslProtocols.None)
    {
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        var accepting = server.AcceptAsync(left, "client.test[192.0.2.1]", Token);
        await using var client = new SslStream(right, false, (_, certificate, _, _) => certificate != null);
        try
        {
            await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = sni, EnabledSslProtocols = protocols }, Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await accepting;
            return (null, null);
        }

        await using var accepted = await accepting;
        return (client.RemoteCertificate?.Subject, accepted?.Negotiated.Protocol);
    }

    private TlsServer Server(string mainCf, MapList? names = null, TimeProvider? time = null) => new(
        TlsServerSettings.Load(ParameterSet.Parse("smtpd_tls_security_level = may\nsmtpd_tls_loglevel = 1\n" + mainCf)),
        names ?? MapList.Empty,
        _log.Add,
        text => _log.Add("warning: " + text),
        time ?? TimeProvider.System);

    [Fact]
    public async Task Accept_LogsAsPostfix()
    {
        using var server = Server($"smtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n");
        Assert.Equal(("CN=mail.test", "TLSv1.3"), await ConnectAsync(server, "mail.test"));
        Assert.Equal(
            "Anonymous TLS connection established from client.test[192.0.2.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
            Assert.Single(_log));
    }

    [Fact]
    public async Task ChainFiles_KeyAndCertificateApart_AndTwoAlgorithms()
    {
        var rsa = await File.ReadAllTextAsync(_certificates.Issue("mail.test"), Token);
        var cut = rsa.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal);
        var files = $"{_certificates.Write("key.pem", rsa[..cut])}, {_certificates.Write("chain.pem", rsa[cut..] + await File.ReadAllTextAsync(_certificates.CaFile, Token))}, {_certificates.Issue("mail.test", useEc: true)}";
        using var server = Server($"smtpd_tls_chain_files = {files}\n");
        Assert.Equal("CN=mail.test", (await ConnectAsync(server, "mail.test")).Subject);
    }

    [Theory]
    [InlineData("", "disabling TLS support")]
    [InlineData("CERT", "certificate without a key before it")]
    [InlineData("KEY", "no certificate found")]
    [InlineData("KEY KEY CERT", "key not followed by its certificate")]
    [InlineData("KEY OTHER", "key and certificate do not belong together")]
    public void ChainFiles_WrongOrder_IsNamed(string order, string reason)
    {
        var own = File.ReadAllText(_certificates.Issue("mail.test"));
        var other = File.ReadAllText(_certificates.Issue("mail.test", useEc: true));
        var cut = own.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal);
        var text = string.Concat(order.Split(' ').Select(word => word switch
        {
            "KEY" => own[..cut],
            "CERT" => own[cut..],
            "OTHER" => other[other.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal)..],
            _ => "",
        }));
        using var server = Server($"smtpd_tls_chain_files = {_certificates.Write("x.pem", text)}\n");
        Assert.False(server.IsAvailable);
        Assert.Contains(reason, _log[0]);
    }

    [Fact]
    public void UnknownDigest_DisablesTls()
    {
        using var server = Server($"smtpd_tls_chain_files = {_certificates.Issue("mail.test")}\nsmtpd_tls_fingerprint_digest = sha-257\n");
        Assert.False(server.IsAvailable);
        Assert.Equal(["warning: Digest algorithm \"sha-257\" not found", "warning: disabling TLS support"], _log);
    }

    [Fact]
    public async Task ServerNames_ChooseTheCertificate()
    {
        var one = _certificates.Issue("one.test");
        var two = _certificates.Issue("two.test");
        await using var tables = new TableSet(ParameterSet.Parse(""));
        var names = tables.OpenList("tls_server_sni_maps", $"inline:{{{{one.test={one}}}, {{.two.test={two}}}}}", TableFlags.ValueIsFile | TableFlags.FoldKeys);
        using var server = Server($"smtpd_tls_chain_files = {_certificates.Issue("default.test")}\n", names);
        Assert.Equal("CN=one.test", (await ConnectAsync(server, "ONE.test")).Subject);
        Assert.Equal("CN=two.test", (await ConnectAsync(server, "a.b.two.test")).Subject);
        Assert.Equal("CN=default.test", (await ConnectAsync(server, "two.test")).Subject);
        Assert.Equal("CN=default.test", (await ConnectAsync(server, "")).Subject);
    }

    [Fact]
    public async Task ChangedCertificate_IsTaken_AndABadOneIsNot()
    {
        var time = new ManualTime();
        var file = _certificates.Write("current.pem", await File.ReadAllTextAsync(_certificates.Issue("old.test"), Token));
        using var server = Server($"smtpd_tls_chain_files = {file}\n", time: time);
        Assert.Equal("CN=old.test", (await ConnectAsync(server, "x.test")).Subject);

        await File.WriteAllTextAsync(file, await File.ReadAllTextAsync(_certificates.Issue("new.test"), Token), Token);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(10));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=new.test", (await ConnectAsync(server, "x.test")).Subject);

        await File.WriteAllTextAsync(file, "rubbish", Token);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(20));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=new.test", (await ConnectAsync(server, "x.test")).Subject);
        Assert.Contains("warning: keeping the old TLS certificate", _log);

        // Out of sight, as from a chroot jail: nothing has changed and nothing is said.
        File.Delete(file);
        _log.Clear();
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=new.test", (await ConnectAsync(server, "x.test")).Subject);
        Assert.DoesNotContain(_log, line => line.StartsWith("warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OldProtocol_IsRefusedAndLogged()
    {
        using var server = Server($"smtpd_tls_protocols = >=TLSv1.3\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n");
        Assert.Null((await ConnectAsync(server, "mail.test", SslProtocols.Tls12)).Subject);
        Assert.Equal("SSL_accept error from client.test[192.0.2.1]: -1", _log[0]);
        Assert.StartsWith("warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:", _log[1]);
    }

    [Fact]
    public async Task ServerName_IsFoundInEveryWholeHello_AndInNoPartOfOne()
    {
        var hello = await HelloAsync("mail.example.test");
        Assert.Equal("mail.example.test", ClientHello.FindServerName(hello));
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Null(ClientHello.FindServerName(hello.AsSpan(0, length)));
        }

        // The same message in records of every size.
        var message = hello[5..];
        foreach (var size in (int[])[1, 3, 4, 5, 100, message.Length])
        {
            var split = message.Chunk(size).SelectMany(part => (byte[])[22, 3, 1, (byte)(part.Length >> 8), (byte)part.Length, .. part]).ToArray();
            Assert.Equal("mail.example.test", ClientHello.FindServerName(split));
        }
    }

    [Theory]
    [InlineData("EHLO x\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0000")]
    [InlineData("\u0016\u0003\u0001\u0000\u0004\u0002\u0000\u0000\u0000")]
    [InlineData("\u0016\u0003\u0001\u0000\u0004\u0001\u00ff\u00ff\u00ff")]
    public void ServerName_OfSomethingElse_IsEmpty(string wire) =>
        Assert.Equal("", ClientHello.FindServerName(System.Text.Encoding.Latin1.GetBytes(wire)));

    [Fact]
    public async Task ServerName_OfDamagedHellos_NeverThrows()
    {
        var hello = await HelloAsync("mail.example.test");
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = hello.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            _ = ClientHello.FindServerName(damaged);
        }
    }

    [Fact]
    public void Received_ReadsAsPostfixWritesIt()
    {
        var parameters = new TlsParameters
        {
            Protocol = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", CipherBits = 256, AlgorithmBits = 256, KeyExchange = "X25519",
            ServerSignature = "RSA-PSS (2048 bits) server-digest SHA256",
        };
        Assert.Equal(
            [
                "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
                " key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)",
                "(No client certificate requested)",
            ],
            TlsReceivedLines.Format(parameters, asksClientCertificate: false, "sha256"));
    }

    private static async Task<byte[]> HelloAsync(string name)
    {
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        await using var client = new SslStream(right);
        var connecting = client.AuthenticateAsClientAsync(name);
        var buffer = new byte[4096];
        var got = await left.ReadAsync(buffer, Token);
        await left.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => connecting);
        return buffer[..got];
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
