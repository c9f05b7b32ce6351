using Estafeta.Mail.Headers;

namespace Estafeta.Net.Tls.Server;

/// <summary>What smtpd_tls_received_header adds to Received, a line each, without the white space that begins them.</summary>
public static class TlsReceivedLines
{
    /// <param name="digest">smtpd_tls_fingerprint_digest.</param>
    public static IReadOnlyList<string> Format(TlsParameters parameters, bool asksClientCertificate, string digest)
    {
        var lines = new List<string>
        {
            $"(using {parameters.Protocol} with cipher {parameters.Cipher} ({parameters.CipherBits}/{parameters.AlgorithmBits} bits)",
        };
        if (parameters.KeyExchange.Length > 0)
        {
            var signature = parameters.ServerSignature.Length > 0 ? $" server-signature {parameters.ServerSignature}" : "";
            lines.Add($" key-exchange {parameters.KeyExchange}{signature}");
            if (parameters.ClientSignature.Length > 0)
            {
                lines.Add($" client-signature {parameters.ClientSignature}");
            }
        }

        lines[^1] += ")";
        lines.Add(parameters.PeerCertificate is { IsRawKey: true } key ? $"(Client RPK {key.PublicKeyFingerprint(digest)} digest {digest})"
            : parameters.PeerCertificate is { } certificate
            ? $"(Client CN \"{HeaderComment.Clean(certificate.SubjectName)}\", Issuer \"{HeaderComment.Clean(certificate.IssuerName)}\" ({(parameters.IsPeerVerified ? "verified OK" : "not verified")}))"
            : asksClientCertificate ? "(Client did not present a certificate)" : "(No client certificate requested)");
        return lines;
    }
}
