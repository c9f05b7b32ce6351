using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Configuration;
using Estafeta.Net.Tls;

namespace Estafeta.Tests.Net.Tls;

public sealed class TlsStreamTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(false, "", "TLSv1.3")]
    [InlineData(true, "", "TLSv1.3")]
    [InlineData(false, "<=TLSv1.2", "TLSv1.2")]
    public async Task Conversation_BothWays_ArrivesAsSent(bool useEc, string protocols, string expected)
    {
        using var server = Server(_certificates.Issue("mail.example.test", useEc: useEc), protocols);
        using var client = Client();
        var (ours, theirs) = await OpenAsync(server, client, new TlsSessionOptions { ServerName = "mail.example.test", ExpectedNames = ["mail.example.test"] });
        await using var a = ours;
        await using var b = theirs;
        Assert.Equal(expected, a.Negotiated.Protocol);
        Assert.True(b.Negotiated.IsPeerVerified, b.Negotiated.VerifyError);
        Assert.Equal("mail.example.test", b.Negotiated.PeerCertificate!.SubjectName);
        Assert.Equal("Test CA", b.Negotiated.PeerCertificate.IssuerName);
        Assert.Contains(" with cipher ", a.Negotiated.Summary);
        var sent = new byte[1_000_000];
        new Random(1).NextBytes(sent);
        var writing = b.WriteAsync(sent, Token).AsTask();
        var got = new byte[sent.Length];
        await a.ReadExactlyAsync(got, Token);
        await writing;
        Assert.True(got.AsSpan().SequenceEqual(sent));
        await a.WriteAsync("250 ok\r\n"u8.ToArray(), Token);
        var reply = new byte[8];
        await b.ReadExactlyAsync(reply, Token);
        await a.ShutdownAsync(Token);
        Assert.Equal(0, await b.ReadAsync(reply, Token));
    }

    [Fact]
    public async Task Summary_ReadsAsPostfixLogsIt()
    {
        using var server = Server(_certificates.Issue("mail.example.test"), "");
        using var client = Client();
        var (a, b) = await OpenAsync(server, client, new TlsSessionOptions());
        await using var first = a;
        await using var second = b;
        const string Expected = @"^TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384 \(256/256 bits\) key-exchange X25519 server-signature RSA-PSS \(2048 bits\) server-digest SHA256$";
        Assert.Matches(Expected, a.Negotiated.Summary);
        Assert.Matches(Expected, b.Negotiated.Summary);
        Assert.Equal(a.Negotiated.ChannelBinding, b.Negotiated.ChannelBinding);
    }

    // Each send wakes the other side.
    [Fact]
    public async Task Tickets_LeaveWithTheFirstReply_AndCloseNotifyWithTheLast()
    {
        using var server = TlsContext.Create(new TlsContextOptions
        {
            IsServer = true,
            ChainFiles = [_certificates.Issue("mail.example.test")],
            Tickets = new Estafeta.Net.Tls.Server.TicketKeys(TimeProvider.System),
        });
        using var client = Client();
        var (left, right) = await TlsPair.ConnectAsync();
        var sent = new CountingStream(left);
        var accepting = TlsStream.AcceptAsync(sent, server, new TlsSessionOptions(), Token);
        await using var b = await TlsStream.ConnectAsync(right, client, new TlsSessionOptions(), Token);
        await using var a = await accepting;
        Assert.Equal(1, sent.Writes);
        var reading = a.ReadAsync(new byte[10], Token).AsTask();
        await b.WriteAsync("EHLO"u8.ToArray(), Token);
        await reading;
        Assert.Equal(1, sent.Writes);
        await a.WriteAsync("250 ok\r\n"u8.ToArray(), Token);
        Assert.Equal(2, sent.Writes);
        await b.ReadExactlyAsync(new byte[8], Token);
        using var resumption = b.TakeResumption();
        Assert.NotNull(resumption);
        await a.WriteLastAsync("221 ok\r\n"u8.ToArray(), Token);
        Assert.Equal(3, sent.Writes);
        await b.ReadExactlyAsync(new byte[8], Token);
        Assert.Equal(0, await b.ReadAsync(new byte[1], Token));
        Assert.True(b.IsEndClean);
    }

    [Theory]
    [InlineData("other.example.test", false, "ostname mismatch")]
    [InlineData("mail.example.test", true, "certificate has expired")]
    public async Task BadCertificate_IsSeenAndNamed(string expectedName, bool isExpired, string reason)
    {
        using var server = Server(_certificates.Issue("mail.example.test", isExpired), "");
        using var client = Client();
        var (a, b) = await OpenAsync(server, client, new TlsSessionOptions { ExpectedNames = [expectedName] });
        await using var first = a;
        await using var second = b;
        Assert.False(b.Negotiated.IsPeerVerified);
        Assert.Contains(reason, b.Negotiated.VerifyError);
    }

    [Theory]
    [InlineData(3, 0, 1, true)]
    [InlineData(3, 1, 2, true)]
    [InlineData(3, 0, 1, false)]
    [InlineData(2, 0, 1, true)]
    public async Task Dane_VerifiesByTlsaRecord(byte usage, byte selector, byte matching, bool isRight)
    {
        var file = _certificates.Issue("mail.example.test");
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        var octets = usage == 2 ? _certificates.CaDer : selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        var data = matching == 1 ? SHA256.HashData(octets) : SHA512.HashData(octets);
        data[0] ^= (byte)(isRight ? 0 : 1);

        // A trust anchor record needs the anchor in the chain the server sends.
        var chain = usage == 2 ? _certificates.Write("chain.pem", File.ReadAllText(file) + File.ReadAllText(_certificates.CaFile)) : file;
        using var server = Server(chain, "");
        using var client = Client(trust: false);
        var options = new TlsSessionOptions { ServerName = "mail.example.test", Tlsa = [(usage, selector, matching, data)] };
        var (a, b) = await OpenAsync(server, client, options);
        await using var first = a;
        await using var second = b;
        Assert.Equal(isRight, b.Negotiated.IsVerifiedByDane);
        Assert.Equal(isRight, b.Negotiated.IsPeerVerified);
    }

    [Fact]
    public async Task NoCommonProtocol_FailsWithOpenSslsReason()
    {
        using var server = Server(_certificates.Issue("mail.example.test"), ">=TLSv1.3");
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false, Protocols = TlsProtocols.Parse("p", "<=TLSv1.2") });
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        await using var rightOwned = right;
        var accepting = TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token);
        var connecting = TlsStream.ConnectAsync(right, client, new TlsSessionOptions(), Token);
        var failure = await Assert.ThrowsAsync<TlsException>(() => accepting);
        Assert.Contains(failure.Errors, e => e.Contains("unsupported protocol"));
        await Assert.ThrowsAsync<TlsException>(() => connecting);
    }

    [Fact]
    public async Task PlaintextInsteadOfHandshake_Fails()
    {
        using var server = Server(_certificates.Issue("mail.example.test"), "");
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        await using var rightOwned = right;
        await right.WriteAsync("RSET\r\nMAIL FROM:<x@example.test>\r\n"u8.ToArray(), Token);
        await Assert.ThrowsAsync<TlsException>(() => TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token));
    }

    [Fact]
    public async Task ClientLeavesMidHandshake_IsEndOfStream()
    {
        using var server = Server(_certificates.Issue("mail.example.test"), "");
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        await right.DisposeAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(() => TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token));
    }

    [Fact]
    public async Task ClientCertificate_IsAskedForAndRead()
    {
        using var server = TlsContext.Create(new TlsContextOptions { IsServer = true, ChainFiles = [_certificates.Issue("mail.example.test")], CaFile = _certificates.CaFile });
        var file = _certificates.Issue("client.example.test");
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false, ChainFiles = [file] });
        var (a, b) = await OpenAsync(server, client, new TlsSessionOptions(), new TlsSessionOptions { AsksPeerCertificate = true });
        await using var first = a;
        await using var second = b;
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        Assert.True(a.Negotiated.IsPeerVerified);
        Assert.Equal(string.Join(':', SHA256.HashData(certificate.RawData).Select(x => x.ToString("X2"))), a.Negotiated.PeerCertificate!.Fingerprint("sha256"));
    }

    [Fact]
    public void MissingCertificate_NamesTheFile()
    {
        const string File = "/nonexistent.pem";
        foreach (var options in (TlsContextOptions[])[new() { IsServer = true, ChainFiles = [File] }, new() { IsServer = true, CertificatePairs = [(File, "")] }])
        {
            var failure = Assert.Throws<TlsException>(() => TlsContext.Create(options));
            Assert.Equal($"error opening chain file: {File}: No such file or directory", failure.Message);
        }
    }

    [Theory]
    [InlineData(">=TLSv1", 0x0301, 0, 0UL)]
    [InlineData(">=TLSv1.2, <=TLSv1.3", 0x0303, 0x0304, 0UL)]
    [InlineData("!SSLv2, !SSLv3, !TLSv1", 0, 0, 0x6000000UL)]
    [InlineData("TLSv1.2", 0, 0, 0x36000000UL)]
    [InlineData("", 0, 0, 0UL)]
    public void Protocols_ReadAsPostfixWritesThem(string text, int minimum, int maximum, ulong disabled) =>
        Assert.Equal(new TlsProtocols(minimum, maximum, disabled), TlsProtocols.Parse("smtpd_tls_protocols", text));

    [Theory]
    [InlineData("TLSv9")]
    [InlineData(">=")]
    public void Protocols_Unknown_AreRefused(string text) =>
        Assert.Throws<ConfigurationException>(() => TlsProtocols.Parse("smtpd_tls_protocols", text));

    private static TlsContext Server(string chain, string protocols) => TlsContext.Create(new TlsContextOptions
    {
        IsServer = true,
        ChainFiles = [chain],
        Protocols = TlsProtocols.Parse("smtpd_tls_protocols", protocols),
    });

    private TlsContext Client(bool trust = true) =>
        TlsContext.Create(new TlsContextOptions { IsServer = false, CaFile = trust ? _certificates.CaFile : "" });

    private static async Task<(TlsStream Server, TlsStream Client)> OpenAsync(
        TlsContext server, TlsContext client, TlsSessionOptions options, TlsSessionOptions? serverOptions = null)
    {
        var (left, right) = await TlsPair.ConnectAsync();
        var accepting = TlsStream.AcceptAsync(left, server, serverOptions ?? new TlsSessionOptions(), Token);
        var connecting = TlsStream.ConnectAsync(right, client, options, Token);
        return (await accepting, await connecting);
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public int Writes { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Writes++;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
