using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Estafeta.Bench.Tls;

/// <summary>A self-signed ECDSA certificate with its key, in one file for both servers and the sink.</summary>
internal sealed class BenchCertificate : IDisposable
{
    private BenchCertificate(string path) => Path = path;

    public string Path { get; }

    public static BenchCertificate Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=bench.example.test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        var path = System.IO.Path.GetTempFileName();
        File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem() + "\n" + made.ExportCertificatePem() + "\n");
        return new BenchCertificate(path);
    }

    public void Dispose() => File.Delete(Path);
}
