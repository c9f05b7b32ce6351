using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Configuration;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.Tls.Traces;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Tls;

/// <summary>What a server learns of its client by TLS: certificate or bare key, the name asked for; and what it writes down of the session.</summary>
public sealed class TlsClientCertificateTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-tls-trace");
    private readonly List<string> _log = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Signatures_AreNamedOnBothSides()
    {
        var (ours, theirs) = await ConnectAsync("", _certificates.Issue("client.test", useEc: true));
        const string Expected = " server-signature RSA-PSS (2048 bits) server-digest SHA256 client-signature ECDSA (prime256v1) client-digest SHA256";
        Assert.EndsWith(Expected, ours.Summary, StringComparison.Ordinal);
        Assert.EndsWith(Expected, theirs.Summary, StringComparison.Ordinal);
        Assert.Equal(" client-signature ECDSA (prime256v1) client-digest SHA256)", TlsReceivedLines.Format(ours, true, "sha256")[2]);
    }

    [Fact]
    public async Task CertificateThatNobodyAskedFor_HasSignedNothing()
    {
        var (_, theirs) = await ConnectAsync("smtpd_tls_ask_ccert = no\n", _certificates.Issue("client.test"));
        Assert.Equal("", theirs.ClientSignature);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.2", "no", true)] // clientAuth
    [InlineData("1.3.6.1.5.5.7.3.1", "no", false)] // serverAuth
    [InlineData("1.3.6.1.5.5.7.3.1", "yes", true)]
    [InlineData("1.3.6.1.5.5.7.3.4", "yes", false)] // emailProtection
    public async Task Purpose_DecidesUnlessServerCertificatesAreTrusted(string purpose, string trust, bool isVerified)
    {
        var file = _certificates.Issue("client.test", extra: new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        var (ours, _) = await ConnectAsync($"tls_trust_server_ccerts = {trust}\n", file);
        Assert.Equal((isVerified, "client.test"), (ours.IsPeerVerified, ours.PeerCertificate!.SubjectName));
    }

    [Theory]
    [InlineData("smtpd_tls_protocols = TLSv1.2", "TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)")]
    [InlineData("smtpd_tls_protocols = TLSv1.2\nsmtpd_tls_exclude_ciphers = AES256, CHACHA20", "TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)")]
    [InlineData("smtpd_tls_protocols = TLSv1.2\nsmtpd_tls_exclude_ciphers = kECDHE", "TLSv1.2 with cipher DHE-RSA-AES256-GCM-SHA384 (256/256 bits)")]
    [InlineData("smtpd_tls_protocols = TLSv1.2\ntls_medium_cipherlist = AES128-SHA:AES256-SHA\ntls_preempt_cipherlist = yes", "TLSv1.2 with cipher AES128-SHA (128/128 bits)")]
    [InlineData("smtpd_tls_protocols = TLSv1.2\ntls_medium_cipherlist = AES128-SHA:AES256-SHA\ntls_preempt_cipherlist = no", "TLSv1.2 with cipher AES256-SHA (256/256 bits)")]
    [InlineData("tls_eecdh_auto_curves = prime256v1", "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ECDHE (prime256v1)")]
    public async Task Settings_DecideWhatIsNegotiated(string settings, string expected)
    {
        var (ours, _) = await ConnectAsync(settings + "\n", "");
        Assert.StartsWith(expected, ours.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RawKeys_BothWays()
    {
        Assert.SkipUnless(TlsLibrary.HasRawKeys, "this OpenSSL has no raw public keys");
        var file = _certificates.Issue("client.test", useEc: true);
        var (ours, theirs) = await ConnectAsync("smtpd_tls_enable_rpk = yes\n", file, new TlsSessionOptions { AsksRawKey = true });
        Assert.True(ours.PeerCertificate!.IsRawKey);
        Assert.True(theirs.PeerCertificate!.IsRawKey);
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(file, Token));
        var expected = string.Join(':', SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()).Select(octet => octet.ToString("X2", null)));
        Assert.Equal($"raw public key fingerprint={expected}", ours.PeerCertificate.Describe("sha256"));
        Assert.Contains("client-signature ECDSA (prime256v1 raw public key) client-digest SHA256", ours.Summary, StringComparison.Ordinal);
        Assert.Equal($"(Client RPK {expected} digest sha256)", TlsReceivedLines.Format(ours, true, "sha256")[^1]);
    }

    [Fact]
    public void RawKeys_ThatOpenSslHasNot_AreComplainedOf() =>
        Assert.Equal(TlsLibrary.HasRawKeys, TlsLibrary.RawKeyComplaint("smtpd_tls_enable_rpk") == null);

    [Theory]
    [InlineData(2, 100_000, false, false)]
    [InlineData(3, 100_000, true, false)]
    [InlineData(4, 100_000, true, true)]
    [InlineData(4, 500, true, false)]
    public async Task Trace_HasHandshakeOrAll_UpToItsLimit(int level, int limit, bool isThere, bool isWhole)
    {
        await ConnectAsync($"smtpd_tls_loglevel = {level}\n", "", traceLimit: limit, conversation: true);
        var files = _folder.GetFiles();
        Assert.Equal(isThere ? 1 : 0, files.Length);
        if (!isThere)
        {
            return;
        }

        Assert.Contains(_log, line => line == $"client.test[192.0.2.1]: TLS trace in {files[0].FullName}");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, files[0].UnixFileMode);
        var text = await File.ReadAllTextAsync(files[0].FullName, Token);
        Assert.True(text.Length <= limit);
        Assert.StartsWith("client.test[192.0.2.1] at ", text, StringComparison.Ordinal);
        Assert.Matches(@"\nread \d+ octets\n0000  16 03 01 ", text);
        Assert.Equal(isWhole, text.Contains("\n0200 ", StringComparison.Ordinal) && text.Split("\nread ").Length > 3);
    }

    [Fact]
    public async Task Traces_AreLimitedByTheSecond()
    {
        for (var i = 0; i < 3; i++)
        {
            await ConnectAsync("smtpd_tls_loglevel = 3\n", "", time: _time);
        }

        Assert.Single(_folder.GetFiles());
        _time.Advance(TimeSpan.FromSeconds(1));
        await ConnectAsync("smtpd_tls_loglevel = 3\n", "", time: _time);
        Assert.Equal(2, _folder.GetFiles().Length);
    }

    private readonly ManualTime _time = new();
    private TlsTraceFiles? _traces;

    private async Task<(TlsParameters Server, TlsParameters Client)> ConnectAsync(
        string mainCf, string clientChain, TlsSessionOptions? options = null, int traceLimit = 100_000, bool conversation = false, TimeProvider? time = null)
    {
        _traces ??= new TlsTraceFiles(_folder.FullName, traceLimit, 1, _log.Add, _log.Add, time ?? TimeProvider.System);
        using var server = new TlsServer(
            TlsServerSettings.Load(ParameterSet.Parse(
                $"smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_CAfile = {_certificates.CaFile}\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n{mainCf}")),
            MapList.Empty,
            _log.Add,
            _log.Add,
            TimeProvider.System)
        {
            Traces = _traces,
        };
        using var client = TlsContext.Create(new TlsContextOptions { IsServer = false, ChainFiles = clientChain.Length > 0 ? [clientChain] : [] });
        var (left, right) = await TlsPair.ConnectAsync();
        var accepting = server.AcceptAsync(left, "client.test[192.0.2.1]", Token);
        await using var theirs = await TlsStream.ConnectAsync(right, client, options ?? new TlsSessionOptions(), Token);
        await using var ours = await accepting;
        if (conversation)
        {
            await theirs.WriteAsync(new byte[2000], Token);
            await ours!.ReadExactlyAsync(new byte[2000], Token);
        }

        return (ours!.Negotiated, theirs.Negotiated);
    }
}
