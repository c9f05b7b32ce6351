using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Estafeta.Tests.Net.Tls;

/// <summary>A certification authority and certificates of it, made anew for each test class.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-tls");
    // Making RSA keys is what takes the time here: one for all tests.
    private static readonly RSA LeafKey = RSA.Create(2048);

    private readonly X509Certificate2 _authority;
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificates()
    {
        var request = new CertificateRequest("CN=Test CA", _authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(30));
        CaFile = Write("ca.pem", _authority.ExportCertificatePem());
    }

    public string CaFile { get; }

    public byte[] CaDer => _authority.RawData;

    /// <summary>A file with key and certificate.</summary>
    /// <param name="extra">An extension; names of its own take the place of the name.</param>
    public string Issue(string name, bool isExpired = false, bool useEc = false, X509Extension? extra = null)
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = useEc
            ? new CertificateRequest("CN=" + name, ec, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=" + name, LeafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (extra?.Oid?.Value != "2.5.29.17")
        {
            request.CertificateExtensions.Add(names.Build());
        }

        if (extra != null)
        {
            request.CertificateExtensions.Add(extra);
        }

        var end = isExpired ? DateTimeOffset.UtcNow.AddDays(-1) : DateTimeOffset.UtcNow.AddDays(20);
        using var issued = request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_authorityKey), DateTimeOffset.UtcNow.AddDays(-2), end, RandomNumberGenerator.GetBytes(8));
        var key = useEc ? ec.ExportPkcs8PrivateKeyPem() : LeafKey.ExportPkcs8PrivateKeyPem();
        return Write(name + (useEc ? "-ec" : "") + ".pem", key + "\n" + issued.ExportCertificatePem() + "\n");
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _authorityKey.Dispose();
        _folder.Delete(recursive: true);
    }
}
