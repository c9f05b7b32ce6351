using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Tls;

/// <summary>What a client's certificate opens: permit_tls_clientcerts with relay_clientcerts, permit_tls_all_clientcerts, check_ccert_access.</summary>
public sealed class ClientCertificateAccessTests : IDisposable
{
    private const string Denied = "554 5.7.1 <x@elsewhere.example>: Relay access denied";
    private const string Ok = "250 2.1.5 Ok";

    private readonly TestCertificates _certificates = new();
    private readonly TestCertificates _strangers = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _strangers.Dispose();
    }

    /// <summary>A fingerprint that is listed will do, whoever signed the certificate; for the other, the signature will.</summary>
    [Theory]
    [InlineData("permit_tls_clientcerts", "known", Ok)]
    [InlineData("permit_tls_clientcerts", "listed stranger", Ok)]
    [InlineData("permit_tls_clientcerts", "other", Denied)]
    [InlineData("permit_tls_clientcerts", "none", Denied)]
    [InlineData("permit_tls_clientcerts", "clear", Denied)]
    [InlineData("permit_tls_all_clientcerts", "known", Ok)]
    [InlineData("permit_tls_all_clientcerts", "other", Ok)]
    [InlineData("permit_tls_all_clientcerts", "listed stranger", Denied)]
    [InlineData("permit_tls_all_clientcerts", "none", Denied)]
    [InlineData("permit_tls_all_clientcerts", "clear", Denied)]
    [InlineData("check_ccert_access inline:{{KNOWN=OK},{STRANGER=REJECT}}", "known", Ok)]
    [InlineData("check_ccert_access inline:{{KNOWN=OK},{STRANGER=REJECT}}", "listed stranger", "554 5.7.1 <joe.test>: Client certificate rejected: Access denied")]
    [InlineData("check_ccert_access inline:{{KNOWN=OK},{STRANGER=REJECT}}", "none", Denied)]
    public async Task Certificate_OpensWhatItMay(string restriction, string certificate, string reply)
    {
        var known = _certificates.Issue("joe.test");
        var stranger = _strangers.Issue("joe.test");
        var settings = $"""
            mynetworks = 192.0.2.1
            smtpd_tls_security_level = may
            smtpd_tls_chain_files = {_certificates.Issue("mail.test")}
            smtpd_tls_CAfile = {_certificates.CaFile}
            smtpd_tls_ask_ccert = yes
            smtpd_tls_fingerprint_digest = sha256
            relay_clientcerts = inline:KNOWN=joe STRANGER=jim
            smtpd_relay_restrictions = {restriction}, reject_unauth_destination
            """;
        settings = settings.Replace("inline:KNOWN=joe STRANGER=jim", "inline:{{KNOWN=joe},{STRANGER=jim}}", StringComparison.Ordinal)
            .Replace("KNOWN", Fingerprint(known), StringComparison.Ordinal).Replace("STRANGER", Fingerprint(stranger), StringComparison.Ordinal);
        await using var server = new SmtpdFixture(settings + "\nsmtpd_peername_lookup = yes\n");
        using var client = await server.ConnectAsync();
        if (certificate != "clear")
        {
            await client.CommandAsync("STARTTLS");
            await client.EncryptAsync(certificate switch { "known" => known, "listed stranger" => stranger, "other" => _certificates.Issue("other.test"), _ => "" });
        }

        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        Assert.Equal(reply, await client.CommandAsync("RCPT TO:<x@elsewhere.example>"));
    }

    private static string Fingerprint(string file)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return string.Join(':', SHA256.HashData(certificate.RawData).Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
    }
}
