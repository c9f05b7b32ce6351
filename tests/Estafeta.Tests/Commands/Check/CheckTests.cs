using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Estafeta.Commands.Check;
using Estafeta.Commands.Check.Rules;
using Estafeta.Commands.CommandLine;
using Estafeta.Net.Tls;

namespace Estafeta.Tests.Commands.Check;

/// <summary>estafeta check on seeded mistakes in an otherwise good configuration, and on good ones.</summary>
public sealed class CheckTests : IDisposable
{
    internal const string Base = "compatibility_level = 3.11\nqueue_directory = /nonexistent/queue\ndata_directory = /nonexistent/data\nmail_owner = nobody\nsetgid_group = mail\n";

    private const string GoodMain = "myhostname = mail.example.com\nmydestination = $myhostname, localhost, example.com\n" + Base;

    internal const string MasterCf = GoodMaster;

    private const string GoodMaster = """
        smtp inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        lmtp unix - - n - - lmtp
        local unix - n n - - local
        virtual unix - n n - - virtual

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta").FullName;

    public static TheoryData<string, string, string> Mistakes => [.. Rows("seeded-mistakes.tsv")];

    public static TheoryData<string, string, string> Good => [.. Rows("good-configurations.tsv")];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistake_IsFound(string rule, string mainLine, string masterLine)
    {
        var findings = (await FindingsAsync(GoodMain + mainLine + "\n", GoodMaster + masterLine + "\n"));

        Assert.Contains(rule, findings.Select(f => f.Rule));
    }

    [Fact]
    public async Task GoodConfiguration_HasNoFindings() => Assert.Empty((await FindingsAsync(GoodMain, GoodMaster)));

    [Theory]
    [MemberData(nameof(Good))]
    public async Task GoodSetting_HasNoFindings(string name, string main, string master)
    {
        _ = name;
        var findings = (await FindingsAsync("myhostname = mail.example.com\n" + Base + main + "\n", GoodMaster + master + "\n"));

        // That a parameter is not acted upon yet is true, and goes away.
        Assert.DoesNotContain(findings, f => f.Rule is not ("not-honoured" or "overridden"));
    }

    [Theory]
    [InlineData("smtpd_tls_enable_rpk = yes", true)]
    [InlineData("smtp_tls_enable_rpk = yes", true)]
    [InlineData("lmtp_tls_enable_rpk = yes", true)]
    [InlineData("smtp_tls_enable_rpk = no", false)]
    public async Task RawKeys_AreFound_WhereOpenSslHasNone(string setting, bool areAsked)
    {
        var findings = await FindingsAsync(GoodMain + setting + "\n", GoodMaster);

        Assert.Equal(areAsked && !TlsLibrary.HasRawKeys ? ["no-raw-keys"] : Array.Empty<string>(), findings.Select(f => f.Rule));
        Assert.All(findings, f => Assert.True(f.Position.IsKnown));
    }

    [Fact]
    public async Task MissingService_IsFound() =>
        Assert.Contains("missing-service", (await FindingsAsync(GoodMain, "smtp inet n - n - - smtpd\n")).Select(f => f.Rule));

    [Fact]
    public async Task WritableFile_IsFound()
    {
        Write("main.cf", GoodMain);
        Write("master.cf", GoodMaster);
        File.SetUnixFileMode(Path.Combine(_directory, "main.cf"), UnixFileMode.UserRead | UnixFileMode.GroupWrite);

        Assert.Contains("writable-configuration", (await CheckProgram.FindingsAsync(CheckedConfiguration.Load(_directory), TimeProvider.System)).Select(f => f.Rule));
    }

    [Fact]
    public async Task StaleTable_IsFound()
    {
        var source = Write("transport", "x y\n");
        var made = Write("transport.lmdb", "");
        File.SetLastWriteTimeUtc(made, File.GetLastWriteTimeUtc(source).AddMinutes(-1));

        Assert.Contains("table-stale", (await FindingsAsync(GoodMain + $"transport_maps = lmdb:{source}\n", GoodMaster)).Select(f => f.Rule));
    }

    [Theory]
    [InlineData("certificate-expired", "mail.example.com", -400, -30)]
    [InlineData("certificate-expired", "mail.example.com", 30, 400)]
    [InlineData("certificate-expires", "mail.example.com", -30, 3)]
    [InlineData("certificate-name", "other.example.com", -30, 300)]
    public async Task Certificate_ThatWillNotDo_IsFound(string rule, string host, int firstDay, int lastDay)
    {
        var (certificate, key) = Pair(host, firstDay, lastDay);

        Assert.Contains(rule, await WithCertificateAsync(Write("cert.pem", certificate), Write("key.pem", key)));
    }

    [Fact]
    public async Task Certificate_OfOurs_HasNoFindings()
    {
        var (certificate, key) = Pair("mail.example.com", -30, 300);

        Assert.Empty(await WithCertificateAsync(Write("cert.pem", certificate), Write("key.pem", key)));
        var both = Write("both.pem", key + certificate);
        Assert.Empty(await WithChainsAsync(both));
    }

    [Fact]
    public async Task Chains_OfSeveralKeys_AreLookedAtOneByOne()
    {
        var ((certificate, key), (otherCertificate, otherKey)) = (Pair("mail.example.com", -30, 300), Pair("mail.example.com", -30, 300));
        var (both, otherBoth) = (Write("both.pem", key + certificate), Write("other.pem", otherKey + otherCertificate));
        var (keyFile, certificateFile, issuer) = (Write("key.pem", key), Write("cert.pem", certificate), Write("issuer.pem", otherCertificate));

        Assert.Empty(await WithChainsAsync($"{both} {otherBoth}"));
        Assert.Empty(await WithChainsAsync($"{keyFile} {certificateFile} {issuer} {otherBoth}"));
        Assert.Equal(["certificate-unusable"], await WithChainsAsync($"{both}, {Write("mixed.pem", otherKey + certificate)}"));
        Assert.Equal(["certificate-missing"], await WithChainsAsync($"{both}, /nonexistent/other.pem"));
        Assert.Equal(["certificate-unusable"], await WithChainsAsync($"{certificateFile} {keyFile}"));
    }

    [Fact]
    public async Task Key_OfAnotherCertificate_IsFound()
    {
        var (certificate, _) = Pair("mail.example.com", -30, 300);
        var (_, key) = Pair("mail.example.com", -30, 300);

        Assert.Contains("certificate-unusable", await WithCertificateAsync(Write("cert.pem", certificate), Write("key.pem", key)));
    }

    [Fact]
    public async Task Certificate_ThatIsNone_IsFound() =>
        Assert.Contains("certificate-unusable", await WithCertificateAsync(Write("cert.pem", "nothing\n"), Write("key.pem", "nothing\n")));

    [Fact]
    public async Task Key_ThatEverybodyReads_IsFound()
    {
        var (certificate, key) = Pair("mail.example.com", -30, 300);
        var keyFile = Write("key.pem", key);
        File.SetUnixFileMode(keyFile, (UnixFileMode)0x1A4);

        Assert.Contains("readable-key", await WithCertificateAsync(Write("cert.pem", certificate), keyFile));
    }

    [Fact]
    public async Task Passwords_ThatEverybodyReads_AreFound()
    {
        var file = Write("sasl_passwd", "x y:z\n");
        File.SetUnixFileMode(file, (UnixFileMode)0x1A4);

        var findings = (await FindingsAsync(GoodMain + $"smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = texthash:{file}\n", GoodMaster));
        Assert.Contains("readable-passwords", findings.Select(f => f.Rule));
    }

    [Fact]
    public async Task QueueDirectory_OfAnotherOwnerOrMode_IsFound()
    {
        var queue = Path.Combine(_directory, "queue");
        Directory.CreateDirectory(Path.Combine(queue, "active"));
        File.SetUnixFileMode(queue, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(Path.Combine(queue, "active"), (UnixFileMode)0x1ED);

        var rules = (await FindingsAsync(GoodMain.Replace("/nonexistent/queue", queue, StringComparison.Ordinal), GoodMaster)).Select(f => f.Rule).ToList();

        Assert.Contains("wrong-mode", rules);

        // As root the queue must be mail_owner's; an ordinary user's own instance is that user's.
        Assert.Equal(Environment.IsPrivilegedProcess, rules.Contains("wrong-owner"));
    }

    [Fact]
    public async Task Socket_ThatNobodyServes_IsFoundAtHome()
    {
        var queue = Path.Combine(_directory, "queue");
        Directory.CreateDirectory(Path.Combine(queue, "private"));
        var main = GoodMain.Replace("/nonexistent/queue", queue, StringComparison.Ordinal) + "smtpd_recipient_restrictions = check_policy_service unix:private/quota\n";

        Assert.Contains("missing-socket", (await FindingsAsync(main, GoodMaster)).Select(f => f.Rule));
        Assert.DoesNotContain("missing-socket", (await FindingsAsync(main, GoodMaster + "quota unix - n n - 0 spawn user=nobody argv=/bin/true\n")).Select(f => f.Rule));
    }

    [Theory]
    [InlineData("regexp", "/(/ OK\n")]
    [InlineData("pcre", "/[/ OK\n")]
    [InlineData("cidr", "300.0.0.0/8 OK\n")]
    [InlineData("texthash", "key-without-value\n")]
    [InlineData("lmdb", "no database")]
    public async Task Table_ThatDoesNotOpenAsItIsMeant_IsFound(string type, string text)
    {
        var path = Write("table", text);
        Write("table.lmdb", text);

        var findings = await FindingsAsync(GoodMain + $"smtpd_client_restrictions = permit_mynetworks, check_client_access {type}:{path}\n", GoodMaster);
        Assert.Contains("table-unusable", findings.Select(f => f.Rule));
    }

    [Fact]
    public async Task Table_OfAServiceOption_IsLookedAt() =>
        Assert.Contains("table-missing", (await FindingsAsync(GoodMain, GoodMaster + "x unix n - n - 0 cleanup -o header_checks=regexp:/nonexistent/x\n")).Select(f => f.Rule));

    [Fact]
    public async Task NotHonoured_InServiceOptions_IsFound()
    {
        var name = Estafeta.Configuration.Catalogue.NotYetHonoured.Names.First();

        Assert.Contains("not-honoured", (await FindingsAsync(GoodMain, GoodMaster + $"x unix - - n - - smtp -o {name}=1\n")).Select(f => f.Rule));
    }

    [Fact]
    public void RestrictionWords_AreThoseThatSmtpdKnows()
    {
        var unknown = RestrictionWords.All.Where(w => Estafeta.Daemons.Smtpd.Access.RestrictionNames.Find(w) == null).Except(RestrictionWords.Obsolete.Keys);

        Assert.Empty(unknown);
    }

    [Fact]
    public async Task Finding_HasPlaceAndNearestName()
    {
        var finding = Assert.Single((await FindingsAsync(GoodMain + "\nrelay_host = x\n", GoodMaster)));

        Assert.Equal(("main.cf", 9), (Path.GetFileName(finding.Position.File), finding.Position.Line));
        Assert.Equal("write relayhost, or remove it", finding.Remedy);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--sarif")]
    public async Task Report_IsJson(string option)
    {
        Write("main.cf", GoodMain + "biff = maybe\n");
        Write("master.cf", GoodMaster);
        using var output = new MemoryStream();

        var exitCode = await CheckProgram.RunAsync(["-c", _directory, option], TimeProvider.System, new CommandStreams(Stream.Null, output, Stream.Null));

        Assert.Equal(1, exitCode);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("bad boolean configuration", json.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<List<string>> WithCertificateAsync(string certificate, string key) =>
        [.. (await FindingsAsync(GoodMain + $"smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n", GoodMaster)).Select(f => f.Rule)];

    private async Task<List<string>> WithChainsAsync(string files) =>
        [.. (await FindingsAsync(GoodMain + $"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {files}\n", GoodMaster)).Select(f => f.Rule)];

    private static (string Certificate, string Key) Pair(string host, int firstDay, int lastDay)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(now.AddDays(firstDay), now.AddDays(lastDay));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    [Fact]
    public async Task Sarif_NamesRuleFileAndLine()
    {
        Write("main.cf", GoodMain + "biff = maybe\n");
        Write("master.cf", GoodMaster);
        using var output = new MemoryStream();
        await CheckProgram.RunAsync(["-c", _directory, "--sarif"], TimeProvider.System, new CommandStreams(Stream.Null, output, Stream.Null));

        using var json = JsonDocument.Parse(output.ToArray());
        var run = json.RootElement.GetProperty("runs")[0];
        var result = run.GetProperty("results")[0];
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("2.1.0", json.RootElement.GetProperty("version").GetString());
        Assert.Equal("bad-value", run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[0].GetProperty("id").GetString());
        Assert.Equal(("bad-value", "error"), (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString()));
        Assert.Equal($"file://{_directory}/main.cf", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(8, place.GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public async Task Text_HasPlaceSeverityRuleAndRemedy()
    {
        Write("main.cf", GoodMain + "relay_host = x\n");
        Write("master.cf", GoodMaster);
        using var output = new MemoryStream();
        var status = await CheckProgram.RunAsync(["-c", _directory], TimeProvider.System, new CommandStreams(Stream.Null, output, Stream.Null));

        Assert.Equal(0, status);
        Assert.Equal(
            $"{_directory}/main.cf:8: warning: relay_host is no parameter, and nothing refers to it [unknown-parameter]\n    write relayhost, or remove it\n",
            Encoding.UTF8.GetString(output.ToArray()));
    }

    private static Task<IReadOnlyList<Finding>> FindingsAsync(string main, string master) =>
        CheckProgram.FindingsAsync(CheckedConfiguration.Parse(main, master, "/c"), TimeProvider.System);

    private static IEnumerable<(string, string, string)> Rows(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Commands", "Check", file))
            .Where(l => l.Length > 0 && !l.StartsWith('#'))
            .Select(l => l.Replace("\\n", "\n", StringComparison.Ordinal).Split('\t'))
            .Select(c => (c[0], c[1], c[2]));

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
