using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Commands.Postfix.Tls;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Commands.Postfix;

/// <summary>postfix tls, with the openssl(1) of this machine.</summary>
public sealed class TlsCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-postfix-tls");
    private readonly MemoryMailLog _log = new();
    private readonly ManualTime _time = new();

    public TlsCommandTests()
    {
        if (!File.Exists("/usr/bin/openssl"))
        {
            Assert.Skip("openssl is not installed");
        }

        File.WriteAllText(MainCf, "myhostname = mail.x.test\n");
    }

    private string MainCf => Path.Combine(_folder.FullName, "main.cf");

    private ParameterSet MainParameters => ParameterSet.Load(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    private (int Exit, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        return (new TlsCommand(MainParameters, _log, output, _time).Run(arguments), output.ToString());
    }

    [Fact]
    public void EnableClient_OnceOnly()
    {
        Assert.Equal(0, Run("all-default-client").Exit);
        Assert.Equal(0, Run("enable-client", "-r", "/dev/urandom").Exit);
        var text = File.ReadAllText(MainCf);
        Assert.Contains("smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n", text);
        Assert.Contains("tls_random_source = dev:/dev/urandom\n", text);
        Assert.Equal(1, Run("all-default-client").Exit);
        Assert.Equal(0, Run("all-default-server").Exit);
        Assert.Equal(0, Run("enable-client").Exit);
        Assert.Equal(text, File.ReadAllText(MainCf));
    }

    [Theory]
    [InlineData("rsa", "key-20260102-030405.pem", "cert-20260102-030405.pem")]
    [InlineData("ecdsa", "eckey-20260102-030405.pem", "eccert-20260102-030405.pem")]
    public void EnableServer_MakesAKeyThatOnlyRootReads(string algorithm, string keyFile, string certificateFile)
    {
        Assert.Equal(0, Run("enable-server", "-a", algorithm, "mail.x.test", "mx.x.test").Exit);
        var key = Path.Combine(_folder.FullName, keyFile);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(_folder.FullName, certificateFile), key);
        Assert.Equal("CN=mail.x.test", certificate.Subject);
        Assert.Equal(["mail.x.test", "mx.x.test"], certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(u => u.Value));
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(key, MainParameters.Get(algorithm == "rsa" ? Parameters.SmtpdTlsKeyFile : Parameters.SmtpdTlsEckeyFile));
        Assert.Equal("may", MainParameters.Get(Parameters.SmtpdTlsSecurityLevel));
        Assert.Equal(1, Run("all-default-server").Exit);

        var digest = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.Equal((0, $"; {key}\n_25._tcp.mail.x.test. IN TLSA 3 1 1 {digest}\n"), Run("output-server-tlsa"));
        var request = CertificateRequest.LoadSigningRequestPem(
            Run("output-server-csr", "-k", keyFile, "mail.x.test").Output, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal(["2.5.29.14", "2.5.29.37", "2.5.29.17"], request.CertificateExtensions.Select(extension => extension.Oid!.Value));

        // The same key in another certificate, and then in use.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Run("new-server-cert", "-a", algorithm, "new.x.test").Exit);
        var (newCertificate, newKey) = (certificateFile.Replace("0405", "0406", StringComparison.Ordinal), keyFile.Replace("0405", "0406", StringComparison.Ordinal));
        Assert.Equal(0, Run("deploy-server-cert", newCertificate, newKey).Exit);
        Assert.EndsWith($"IN TLSA 3 1 1 {digest}\n", Run("output-server-tlsa").Output);
        Assert.Contains(newKey, Run("output-server-tlsa").Output);
    }

    [Theory]
    [InlineData("deploy-server-cert missing.pem missing.pem")]
    [InlineData("deploy-server-cert one.pem")]
    [InlineData("new-server-key -a dsa")]
    [InlineData("new-server-key -b many")]
    [InlineData("new-server-key -a ecdsa -b nocurve")]
    [InlineData("new-server-key a/CN=b")]
    [InlineData("output-server-csr -k rsa")]
    [InlineData("enable-server -z")]
    [InlineData("bogus")]
    [InlineData("")]
    public void WhatCannotBeDone_IsFatal(string arguments)
    {
        var before = File.ReadAllText(MainCf);
        Assert.Equal(1, Run(arguments.Split(' ')).Exit);
        Assert.StartsWith("fatal: ", _log.Lines[^1]);
        Assert.Equal(before, File.ReadAllText(MainCf));
    }
}
