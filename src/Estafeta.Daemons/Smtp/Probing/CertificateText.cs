using System.Globalization;
using System.Text;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>A chain of certificates as posttls-finger -C prints it.</summary>
internal static class CertificateText
{
    private const int LineLength = 64;

    public static string Format(IReadOnlyList<TlsPeerCertificate> chain, string digest)
    {
        var text = new StringBuilder("\n---\nCertificate chain\n");
        for (var i = 0; i < chain.Count; i++)
        {
            var certificate = chain[i];
            text.Append(CultureInfo.InvariantCulture, $"{i,2} subject: {certificate.Subject}\n");
            text.Append(CultureInfo.InvariantCulture, $"    issuer: {certificate.Issuer}\n");
            text.Append(CultureInfo.InvariantCulture, $"   cert digest={certificate.Fingerprint(digest)}\n");
            text.Append(CultureInfo.InvariantCulture, $"   pkey digest={certificate.PublicKeyFingerprint(digest)}\n");
            var encoded = Convert.ToBase64String(certificate.Encoded.Span);
            text.Append("-----BEGIN CERTIFICATE-----\n");
            for (var at = 0; at < encoded.Length; at += LineLength)
            {
                text.Append(encoded, at, Math.Min(LineLength, encoded.Length - at)).Append('\n');
            }

            text.Append("-----END CERTIFICATE-----\n");
        }

        return text.ToString();
    }
}
