using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Tls;

/// <summary>threats.md B11, B13 and B14: peers that spend our time and memory on records, certificates and handshakes.</summary>
public sealed class TlsHostilePeerTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    // B11: each asks for an answer and for new keys on both sides.
    [Fact]
    public async Task KeyUpdatesWithoutEnd_EndTheSession()
    {
        using var server = TlsContext.Create(new TlsContextOptions { IsServer = true, ChainFiles = [_certificates.Issue("mail.test")] });
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false });
        var (left, right) = await TlsPair.ConnectAsync();
        await using var peer = right;
        var accepting = TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token);
        using var hostile = new TlsSession(client, new TlsSessionOptions(), isServer: false);
        while (hostile.Handshake() != TlsSession.Progress.Done)
        {
            await SendAsync(hostile, right);
            await ReceiveAsync(hostile, right);
        }

        await SendAsync(hostile, right);
        await using var stream = await accepting;
        var reading = stream.ReadAsync(new byte[100], Token).AsTask();
        var updates = 0;
        for (; updates < 15_000 && !reading.IsCompleted; updates++)
        {
            Assert.Equal(1, RequestKeyUpdate(hostile.Handle.DangerousGetHandle(), 1));
            _ = hostile.Handshake();
            try
            {
                await SendAsync(hostile, right);
            }
            catch (IOException)
            {
                break; // the server is gone
            }
        }

        var failure = await Assert.ThrowsAsync<TlsException>(() => reading);
        Assert.Equal("too many TLS records without content", failure.Message);
        Assert.True(updates >= 1000, $"{updates}");
    }

    // B11: OpenSSL's own limit is on records that are empty; those of one octet are content, and cost what they cost.
    [Fact]
    public async Task RecordsOfOneOctet_ArriveAsSent()
    {
        using var server = TlsContext.Create(new TlsContextOptions { IsServer = true, ChainFiles = [_certificates.Issue("mail.test")] });
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false });
        var (left, right) = await TlsPair.ConnectAsync();
        var accepting = TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token);
        await using var b = await TlsStream.ConnectAsync(right, client, new TlsSessionOptions(), Token);
        await using var a = await accepting;
        var text = Encoding.ASCII.GetBytes(new string('x', 5000) + "\n");
        var writing = Task.Run(
            async () =>
            {
                foreach (var octet in text)
                {
                    await b.WriteAsync(new[] { octet }, Token);
                }
            },
            Token);
        var got = new byte[text.Length];
        await a.ReadExactlyAsync(got, Token);
        await writing;
        Assert.Equal(text, got);
    }

    // B13: more than 100 KB of certificates; OpenSSL's limit holds for both versions.
    [Theory]
    [InlineData("<=TLSv1.2")]
    [InlineData(">=TLSv1.3")]
    public async Task GiantChain_IsRefused(string protocols)
    {
        var own = await File.ReadAllTextAsync(_certificates.Issue("mail.test"), Token);
        var authority = await File.ReadAllTextAsync(_certificates.CaFile, Token);
        var chain = _certificates.Write("giant.pem", own + string.Concat(Enumerable.Repeat(authority + "\n", 600)));
        var failure = await Assert.ThrowsAsync<TlsException>(() => ConnectAsync(chain, "mail.test", protocols));
        Assert.Contains(failure.Errors, error => error.Contains("excessive message size", StringComparison.Ordinal));
    }

    // B13: A is signed by B and B by A.
    [Fact]
    public async Task CyclicChain_IsUntrustedInBoundedTime()
    {
        using var keyA = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var keyB = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var a = Sign("CN=A", keyA, "CN=B", keyB, isAuthority: true);
        using var b = Sign("CN=B", keyB, "CN=A", keyA, isAuthority: true);
        using var leaf = Sign("CN=mail.test", leafKey, "CN=A", keyA, isAuthority: false);
        var chain = string.Concat(Enumerable.Repeat(a.ExportCertificatePem() + "\n" + b.ExportCertificatePem() + "\n", 20));
        var clock = Stopwatch.StartNew();
        var negotiated = await ConnectAsync(
            _certificates.Write("cycle.pem", leafKey.ExportPkcs8PrivateKeyPem() + "\n" + leaf.ExportCertificatePem() + "\n" + chain), "mail.test", "");
        Assert.False(negotiated.IsPeerVerified);
        Assert.NotEmpty(negotiated.VerifyError);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    // B13: what a name in the certificate may match.
    [Theory]
    [InlineData("mail.test\0.evil.test", "mail.test", false)]
    [InlineData("*.mail.test", "a.mail.test", true)]
    [InlineData("*.mail.test", "a.b.mail.test", false)]
    [InlineData("*.mail.test", "mail.test", false)]
    [InlineData("a*.mail.test", "ab.mail.test", false)]
    [InlineData("xn--mnchen-3ya.test", "xn--mnchen-3ya.test", true)]
    [InlineData("192.0.2.1", "192.0.2.1", false)] // an address is no DNS name
    public async Task NamesOfCertificates(string name, string expected, bool matches)
    {
        var negotiated = await ConnectAsync(ChainWith([name]), expected, "", manyLabels: false);
        Assert.Equal(matches, negotiated.IsPeerVerified);
    }

    [Fact]
    public async Task ManyNames_TheLastIsFound()
    {
        var negotiated = await ConnectAsync(ChainWith([.. Enumerable.Range(0, 1000).Select(i => $"host{i}.test")]), "host999.test", "");
        Assert.True(negotiated.IsPeerVerified, negotiated.VerifyError);
        Assert.Equal("host999.test", negotiated.MatchedName);
    }

    // B14: ten thousand clients begin and say nothing more; another is served meanwhile, and all of them go at smtpd_starttls_timeout.
    [Fact]
    public async Task StalledHandshakes_DoNotKeepOthersOut()
    {
        var time = new ManualTime();
        var said = new ConcurrentQueue<string>();
        using var server = new TlsServer(
            TlsServerSettings.Load(ParameterSet.Parse($"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n")),
            MapList.Empty,
            said.Enqueue,
            said.Enqueue,
            time);
        var stalled = Enumerable.Range(0, 10_000).Select(i => server.AcceptAsync(new SilentStream(), $"client{i}", Token)).ToList();
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false });
        var (left, right) = await TlsPair.ConnectAsync();
        var accepting = server.AcceptAsync(left, "another", Token);
        await using var theirs = await TlsStream.ConnectAsync(right, client, new TlsSessionOptions(), Token);
        await using var ours = await accepting;
        Assert.NotNull(ours);
        Assert.DoesNotContain(stalled, handshake => handshake.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(301));
        Assert.All(await Task.WhenAll(stalled), Assert.Null);
        Assert.Equal(10_000, said.Count(line => line.EndsWith(": Connection timed out", StringComparison.Ordinal)));
    }

    [DllImport("libssl.so.3", EntryPoint = "SSL_key_update")]
    private static extern int RequestKeyUpdate(nint session, int kind);

    private static X509Certificate2 Sign(string subject, ECDsa key, string issuer, ECDsa issuerKey, bool isAuthority)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        return request.Create(
            new X500DistinguishedName(issuer), X509SignatureGenerator.CreateForECDsa(issuerKey), DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
    }

    private static async Task SendAsync(TlsSession session, Stream wire)
    {
        var buffer = new byte[32 * 1024];
        await wire.WriteAsync(buffer.AsMemory(0, session.TakeWire(buffer)), Token);
    }

    private static async Task ReceiveAsync(TlsSession session, Stream wire)
    {
        var buffer = new byte[32 * 1024];
        session.PutWire(buffer.AsSpan(0, await wire.ReadAsync(buffer, Token)));
    }

    // The names as they are, which .NET's own builder would not write.
    private string ChainWith(string[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in names)
            {
                writer.WriteOctetString(Encoding.ASCII.GetBytes(name), new Asn1Tag(TagClass.ContextSpecific, 2));
            }
        }

        return _certificates.Issue("certificate.test", extra: new X509Extension("2.5.29.17", writer.Encode(), critical: false));
    }

    private async Task<TlsParameters> ConnectAsync(string chain, string expected, string protocols, bool manyLabels = true)
    {
        using var server = TlsContext.Create(new TlsContextOptions { IsServer = true, ChainFiles = [chain], Protocols = TlsProtocols.Parse("p", protocols) });
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false, CaFile = _certificates.CaFile });
        var (left, right) = await TlsPair.ConnectAsync();
        await using var leftOwned = left;
        await using var rightOwned = right;
        var accepting = TlsStream.AcceptAsync(left, server, new TlsSessionOptions(), Token);
        try
        {
            await using var stream = await TlsStream.ConnectAsync(
                right, client, new TlsSessionOptions { ExpectedNames = [expected], WildcardsMatchManyLabels = manyLabels }, Token);
            await using var accepted = await accepting;
            return stream.Negotiated;
        }
        catch (TlsException)
        {
            await right.DisposeAsync();
            await Assert.ThrowsAnyAsync<IOException>(() => accepting);
            throw;
        }
    }

    /// <summary>A client that has connected and does nothing.</summary>
    private sealed class SilentStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
