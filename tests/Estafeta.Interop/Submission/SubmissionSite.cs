using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.TestSystem;
using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Submission;

/// <summary>
/// A mail system with a submission and a submissions service, and the key of their certificate readable by root only. One of the two is in a chroot jail,
/// as in Debian's master.cf.
/// </summary>
internal sealed class SubmissionSite : IDisposable
{
    /// <summary>smtpd_sasl_type = dovecot.</summary>
    public const string Dovecot = "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n";

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("estafeta-submission");

    /// <param name="authentication">Lines of main.cf that say who checks passwords.</param>
    public SubmissionSite(string authentication = Dovecot)
    {
        File.SetUnixFileMode(_files.FullName, (UnixFileMode)0x1ED);
        RenewCertificate($"mail.{MailSystem.Domain}");
        System = new MailSystem(
            $"smtpd_tls_chain_files = {CertificateFile}\nsmtpd_tls_loglevel = 1\nsmtpd_tls_received_header = yes\n"
            + $"smtpd_sasl_authenticated_header = yes\n{authentication}",
            Service(Submission, authentication == Dovecot ? "y" : "n", "-o smtpd_tls_security_level=encrypt")
            + Service(Submissions, "n", "-o smtpd_tls_wrappermode=yes"));
    }

    public MailSystem System { get; }

    public int Submission { get; } = FreePort.Take();

    public int Submissions { get; } = FreePort.Take();

    /// <summary>Key and certificate, for clients that want to trust it.</summary>
    public string CertificateFile => Path.Combine(_files.FullName, "key-and-certificate.pem");

    public async Task<ServerProcess> StartWithDovecotAsync()
    {
        System.Start();
        return await DovecotServer.StartAsync(Path.Combine(_files.FullName, "dovecot"), Path.Combine(System.QueueDirectory, "private/auth"));
    }

    public void Dispose()
    {
        System.Dispose();
        _files.Delete(recursive: true);
    }

    public void RenewCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        var fresh = CertificateFile + ".new";
        File.WriteAllText(fresh, key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n");
        File.SetUnixFileMode(fresh, UnixFileMode.UserRead);
        File.Move(fresh, CertificateFile, overwrite: true);
    }

    private static string Service(int port, string chroot, string options) =>
        $"127.0.0.1:{port} inet n - {chroot} - - smtpd\n  {options}\n  -o smtpd_sasl_auth_enable=yes\n"
        + "  -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n";
}
