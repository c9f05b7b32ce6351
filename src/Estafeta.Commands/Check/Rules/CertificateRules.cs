using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Configuration;

namespace Estafeta.Commands.Check.Rules;

/// <summary>A certificate and its key: there, readable, of one pair, in date, made out for us, and the key a secret.</summary>
internal sealed class CertificateRules(TimeProvider time)
{
    private const UnixFileMode OthersRead = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(7);

    /// <param name="name">The parameter that names the file, for the text.</param>
    /// <param name="certificateFile">PEM; may begin with the key.</param>
    /// <param name="keyFile">PEM; may be the same file.</param>
    /// <param name="host">Who we are; null where nobody looks at the name.</param>
    /// <param name="position">Where the parameter is set.</param>
    public IEnumerable<Finding> Find(string name, string certificateFile, string keyFile, string? host, SourcePosition position)
    {
        foreach (var file in (string[])[certificateFile, keyFile])
        {
            if (!File.Exists(file))
            {
                yield return new("certificate-missing", FindingSeverity.Error, position, $"{name}: no such file: {file}", "make the file, or correct the name");
                yield break;
            }
        }

        if ((File.GetUnixFileMode(keyFile) & OthersRead) != 0)
        {
            yield return new("readable-key", FindingSeverity.Error, position, $"the private key {keyFile} can be read by everybody", $"chmod 600 {keyFile}");
        }

        var (certificate, problem) = Read(certificateFile, keyFile);
        if (problem != null)
        {
            yield return new("certificate-unusable", FindingSeverity.Error, position, $"{name}: {problem}", "correct the files");
        }

        using (certificate)
        {
            if (certificate != null && Dates(certificate, certificateFile, position) is { } date)
            {
                yield return date;
            }

            if (certificate != null && host != null && !certificate.MatchesHostname(host))
            {
                yield return new("certificate-name", FindingSeverity.Warning, position, $"{certificateFile} is not made out for {host}", "use a certificate for $myhostname");
            }
        }
    }

    /// <summary>Files of keys, each with its certificates behind it, in the same file or in those that follow.</summary>
    public IEnumerable<Finding> FindInChains(string name, IReadOnlyList<string> files, string host, SourcePosition position)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var keyFile = files[i];
            if (i > 0 && !MayHold(keyFile, "PRIVATE KEY-----"))
            {
                continue; // more of the chain before
            }

            if (i + 1 < files.Count && !MayHold(keyFile, "-----BEGIN CERTIFICATE-----"))
            {
                i++;
            }

            var isUsable = true;
            foreach (var finding in Find(name, files[i], keyFile, host, position))
            {
                isUsable &= finding.Rule != "certificate-unusable";
                yield return finding;
            }

            if (!isUsable)
            {
                yield break; // where the next chain begins is a guess then, and all are refused for one
            }
        }
    }

    private Finding? Dates(X509Certificate2 certificate, string file, SourcePosition position)
    {
        var now = time.GetUtcNow();
        var end = certificate.NotAfter.ToUniversalTime();
        return end < now ? new("certificate-expired", FindingSeverity.Error, position, $"{file} expired on {end:yyyy-MM-dd}", "renew it")
            : certificate.NotBefore.ToUniversalTime() > now ? new("certificate-expired", FindingSeverity.Error, position, $"{file} is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd}", "look at the clock")
            : end - now < SoonExpired ? new("certificate-expires", FindingSeverity.Warning, position, $"{file} expires on {end:yyyy-MM-dd}", "renew it")
            : null;
    }

    private static (X509Certificate2? Certificate, string? Problem) Read(string certificateFile, string keyFile)
    {
        if (TextOf(certificateFile) is not { } text || TextOf(keyFile) is not { } key)
        {
            return (null, null);
        }

        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(text);
        }
        catch (CryptographicException)
        {
            return (null, $"there is no certificate in {certificateFile}");
        }

        try
        {
            using var pair = X509Certificate2.CreateFromPem(text, key);
            return (certificate, null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return (certificate, $"{keyFile} does not hold the key of {certificateFile}");
        }
    }

    private static bool MayHold(string file, string label) => TextOf(file)?.Contains(label, StringComparison.Ordinal) != false;

    /// <summary>Null for what is not for our eyes: as root we would see it.</summary>
    private static string? TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
