using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Submission;

/// <summary>smtpd_sasl_type = estafeta: passwords checked by a real OpenLDAP and by PAM, certificates, and access tokens.</summary>
public sealed class OwnAuthenticationTests
{
    private const string Good = "235 2.7.0 Authentication successful";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("query_filter = (uid=%s)\nbind = no\n", "bob")]
    [InlineData("query_filter = (mail=%s)\nbind = yes\nbind_dn = cn=admin,dc=example,dc=com\nbind_pw = secret\n", "bob@example.com")]
    [InlineData("user_dn = cn=%u,ou=people,dc=example,dc=com\n", "Bob")]
    public async Task Ldap_BindsAsTheUser(string settings, string login)
    {
        ServerProcess.Require("/usr/sbin/slapd");
        await using var fixture = new BackEndFixture();
        var (server, common) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        Reach(fixture.Root);
        using var site = new SubmissionSite(Own($"estafeta_sasl_password_check = ldap:{fixture.Write("login.cf", common + settings)}\n"));
        site.System.Start();
        Assert.Equal(Good, await AuthDialog.AskAsync(site, Plain(login, "bobs secret")));
        Assert.StartsWith("535 5.7.8 Error: authentication failed", await AuthDialog.AskAsync(site, Plain(login, "wrong")), StringComparison.Ordinal);
        Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, Plain("nobody", "wrong")), StringComparison.Ordinal);
        Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, Plain("*", "bobs secret")), StringComparison.Ordinal);

        await server.DisposeAsync();
        Assert.StartsWith("454 4.7.0 Temporary authentication failure", await AuthDialog.AskAsync(site, Plain(login, "bobs secret")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pam_ChecksThePassword_OfUsersThatAreInNoTable()
    {
        Assert.SkipWhen(Environment.UserName != "root", "a PAM service needs root");
        ServerProcess.Require("/lib/x86_64-linux-gnu/security/pam_exec.so", "/lib/aarch64-linux-gnu/security/pam_exec.so");
        var service = $"estafeta-{Environment.ProcessId}";
        var script = Path.Combine(Path.GetTempPath(), service);
        await File.WriteAllTextAsync(script, "#!/bin/sh\n[ \"$PAM_USER\" = ana ] && [ \"$(tr -d '\\0')\" = right ]\n", Token);
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        await File.WriteAllTextAsync($"/etc/pam.d/{service}", $"auth sufficient pam_exec.so expose_authtok quiet {script}\nauth required pam_deny.so\naccount required pam_permit.so\n", Token);
        try
        {
            using var site = new SubmissionSite(Own($"estafeta_sasl_password_check = pam:{service}\nestafeta_sasl_password_maps = inline:{{joe=secret}}\n"));
            site.System.Start();
            Assert.Equal(Good, await AuthDialog.AskAsync(site, Plain("ana", "right")));
            Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, Plain("ana", "wrong")), StringComparison.Ordinal);
            Assert.Equal(Good, await AuthDialog.AskAsync(site, Plain("joe", "secret")));
            Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, Plain("joe", "right")), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(script);
            File.Delete($"/etc/pam.d/{service}");
        }
    }

    [Fact]
    public async Task External_IsWhoTheCertificateSays()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=ana", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        var fingerprint = string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(o => o.ToString("X2", null)));
        using var site = new SubmissionSite(
            Own($"smtpd_tls_ask_ccert = yes\nsmtpd_sasl_mechanism_filter = static:rest\nestafeta_sasl_external_maps = inline:{{ {{{fingerprint}=ana@example.test}} }}\n"));
        site.System.Start();
        Assert.Equal(Good, await AuthDialog.AskAsync(site, "AUTH EXTERNAL =", certificate));
        Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, "AUTH EXTERNAL " + Encode("eva@example.test"), certificate), StringComparison.Ordinal);
        Assert.StartsWith("535 5.7.8 Error: authentication failed: Invalid authentication mechanism", await AuthDialog.AskAsync(site, "AUTH EXTERNAL ="), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OAUTHBEARER", "n,a=ana@example.test,\u0001auth=Bearer TOKEN\u0001\u0001")]
    [InlineData("XOAUTH2", "user=ana@example.test\u0001auth=Bearer TOKEN\u0001\u0001")]
    public async Task Token_SignedByTheIssuer_LogsIn(string mechanism, string message)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var fixture = new BackEndFixture();
        Reach(fixture.Root);
        var keys = fixture.Write("keys.pem", key.ExportSubjectPublicKeyInfoPem());
        var rules = fixture.Write("oauth.cf", $"keys_file = {keys}\nissuers = https://id.example.test\n");
        using var site = new SubmissionSite(Own($"estafeta_sasl_oauth = {rules}\n"));
        site.System.Start();
        var token = Sign(key, DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(Good, await AuthDialog.AskAsync(site, $"AUTH {mechanism} {Encode(message.Replace("TOKEN", token, StringComparison.Ordinal))}"));
        var old = Sign(key, DateTimeOffset.UtcNow.AddHours(-1));
        Assert.StartsWith("334 ", await AuthDialog.AskAsync(site, $"AUTH {mechanism} {Encode(message.Replace("TOKEN", old, StringComparison.Ordinal))}"), StringComparison.Ordinal);
        Assert.DoesNotContain(token[^20..], site.System.Log, StringComparison.Ordinal);
    }

    private static string Own(string more) => "smtpd_sasl_type = estafeta\n" + more;

    // The daemons run as another user.
    private static void Reach(string directory) => File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);

    private static string Encode(string text) => AuthDialog.Encode(text);

    private static string Plain(string user, string password) => AuthDialog.Plain(user, password);

    private static string Sign(ECDsa key, DateTimeOffset expiry)
    {
        var text = Base64Url.EncodeToString("""{"alg":"ES256"}"""u8) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            $$"""{"iss":"https://id.example.test","exp":{{expiry.ToUnixTimeSeconds()}},"email":"ana@example.test"}"""));
        return text + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256));
    }
}
