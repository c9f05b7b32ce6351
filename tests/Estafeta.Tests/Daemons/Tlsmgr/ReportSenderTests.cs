using System.IO.Compression;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Tlsmgr;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.Tls;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Logging;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Net.Dns;
using Estafeta.Tests.Net.Https;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Tlsmgr;

/// <summary>A day's counts on disk, and their way to those who want them.</summary>
public sealed class ReportSenderTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-tlsrpt");
    private readonly ManualTime _time = new();
    private readonly StubDnsServer _dns = new();
    private readonly DnsResolver _resolver;
    private readonly TlsContext _trust;
    private readonly ScriptedHttpsServer _https;
    private readonly FakeCleanup _cleanup = new();
    private readonly MemoryMailLog _log = new();

    public ReportSenderTests()
    {
        _resolver = new DnsResolver(_time, _dns.Configuration);
        _trust = TlsContext.Create(HttpsClient.TrustOptions(_certificates.CaFile, ""));
        _https = new ScriptedHttpsServer(_certificates.Issue("r.test")) { Answer = ScriptedHttpsServer.Page("", status: "201 Created") };
        _dns.Address("r.test", "127.0.0.1");
    }

    private string Book => Path.Combine(_folder.FullName, "tlsrpt");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _https.DisposeAsync();
        await _resolver.DisposeAsync();
        await _dns.DisposeAsync();
        _trust.Dispose();
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    private ReportSender Sender(ReportBook book) => new(
        TlsmgrSettings.Load(ParameterSet.Parse("myhostname = mail.send.test\n")),
        book,
        _resolver,
        new HttpsClient(_resolver, _trust, TimeProvider.System, _https.Port),
        _cleanup,
        _log,
        _time);

    private static TlsOutcome Outcome(string domain, string type = "") => new() { Domain = domain, PolicyType = "no-policy-found", ResultType = type };

    [Fact]
    public void Counts_OutliveTheProcess()
    {
        var book = ReportBook.Open(Book, _time);
        book.Count(Outcome("x.test"));
        book.Save();
        book = ReportBook.Open(Book, _time);
        book.Count(Outcome("x.test", "validation-failure"));
        book.Save();
        Assert.Empty(ReportBook.Open(Book, _time).EndedDays());
        _time.Advance(TimeSpan.FromDays(1));
        book = ReportBook.Open(Book, _time);
        var policy = Assert.Single(Assert.Single(book.Domains(Assert.Single(book.EndedDays()))).Policies);
        Assert.Equal((1, 1), (policy.Successes, policy.Failures));
        book.Remove(book.EndedDays()[0], "x.test");
        book.Save();
        Assert.Empty(Directory.GetFileSystemEntries(Book));
    }

    [Fact]
    public async Task Reports_GoWhereTheRecordSays_OnceADay()
    {
        _dns.Text("_smtp._tls.x.test", "v=TLSRPTv1; rua=mailto:rep@x.test,https://r.test/v1");
        var book = ReportBook.Open(Book, _time);
        book.Count(Outcome("x.test"));
        book.Count(Outcome("unwilling.test"));
        var sender = Sender(book);
        await sender.SendAsync(isEarly: false, Cancelled);
        Assert.Empty(_cleanup.Committed);

        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromHours(4));
        await sender.SendAsync(isEarly: false, Cancelled);
        var mail = Assert.Single(_cleanup.Committed);
        Assert.Equal("tls-reports@send.test", mail.Request.Sender);
        Assert.Equal("rep@x.test", Assert.Single(mail.Recipients).Address);
        var text = Encoding.ASCII.GetString(mail.Content);
        Assert.Contains("\nTLS-Report-Domain: x.test\nTLS-Report-Submitter: send.test\nTLS-Required: No\n", text);
        Assert.Contains("filename=\"send.test!x.test!1767312000!1767398399!2026-01-02.x.test.json.gz\"", text);
        var post = Assert.Single(_https.Requests);
        Assert.StartsWith("POST /v1 HTTP/1.1\r\nHost: r.test", post);
        Assert.Contains("\r\nContent-Type: application/tlsrpt+gzip\r\n", post);
        var body = Encoding.Latin1.GetBytes(post[(post.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        using var json = new MemoryStream();
        await new GZipStream(new MemoryStream(body), CompressionMode.Decompress).CopyToAsync(json, Cancelled);
        Assert.Equal("x.test", Assert.Single(TlsReportReader.Read(json.ToArray()).Domains).Domain);

        _time.Advance(TimeSpan.FromHours(1));
        await sender.SendAsync(isEarly: false, Cancelled);
        Assert.Single(_cleanup.Committed);
        Assert.Single(_https.Requests);
    }

    [Fact]
    public async Task ReportThatCannotBeSent_IsTriedForADay()
    {
        _dns.Text("_smtp._tls.x.test", "v=TLSRPTv1; rua=https://away.test/v1");
        var book = ReportBook.Open(Book, _time);
        book.Count(Outcome("x.test"));
        var sender = Sender(book);
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromHours(4));
        await sender.SendAsync(isEarly: false, Cancelled);
        Assert.Single(book.Domains(Assert.Single(book.EndedDays())));
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromHours(4));
        await sender.SendAsync(isEarly: false, Cancelled);
        Assert.Empty(book.Domains(book.EndedDays()[0]));
    }
}
