using System.Globalization;
using System.Text;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtpd.Access.Policy;

/// <summary>The attributes of a policy request, all of them, in Postfix 3.12's order; empty when unknown (SMTPD_POLICY_README).</summary>
internal static class PolicyRequest
{
    public static byte[] Write(AccessSubject subject, AccessServices services, string policyContext)
    {
        var text = new StringBuilder(1024);
        var peer = subject.Peer;
        Add("request", "smtpd_access_policy");
        Add("protocol_state", subject.Stage == "BDAT" ? "DATA" : subject.Stage);
        Add("protocol_name", subject.Protocol);
        Add("client_address", peer.Address);
        Add("client_name", peer.Name);
        Add("client_port", peer.Port);
        Add("reverse_client_name", peer.ReverseName);
        Add("server_address", peer.ServerAddress);
        Add("server_port", peer.ServerPort);
        Add("helo_name", subject.Helo);
        Add("sender", subject.Sender);
        Add("recipient", subject.Recipient);
        Add("recipient_count", Number(subject.Stage is "DATA" or "BDAT" or "END-OF-MESSAGE" ? subject.RecipientCount : 0));
        Add("queue_id", subject.QueueId);
        Add("instance", subject.Instance);
        Add("size", Number(subject.Size));
        Add("etrn_domain", subject.EtrnDomain);
        Add("stress", services.Settings.Stress);
        Add("sasl_method", subject.SaslMethod);
        Add("sasl_username", subject.SaslUsername);
        Add("sasl_sender", subject.SaslSender);
        Add("ccert_subject", CertificateName(subject, static c => c.SubjectName));
        Add("ccert_issuer", CertificateName(subject, static c => c.IssuerName));
        Add("ccert_fingerprint", subject.CertificateFingerprints.Count > 0 ? subject.CertificateFingerprints[0] : "");
        Add("ccert_pubkey_fingerprint", subject.CertificateFingerprints.Count > 1 ? subject.CertificateFingerprints[1] : "");
        Add("encryption_protocol", subject.Tls?.Protocol);
        Add("encryption_cipher", subject.Tls?.Cipher);
        Add("encryption_keysize", Number(subject.Tls?.CipherBits ?? 0));
        Add("tls_sni", subject.Tls?.ServerName);
        Add("policy_context", policyContext);
        Add("compatibility_level", services.Settings.CompatibilityLevel);
        Add("mail_version", services.Settings.MailVersion);
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());

        // One attribute, one line, whatever the client put into it.
        void Add(string name, string? value)
        {
            text.Append(name).Append('=');
            foreach (var c in value ?? "")
            {
                text.Append(c is < ' ' or '\u007f' ? '?' : c);
            }

            text.Append('\n');
        }
    }

    // Names count only of certificates that somebody vouches for.
    private static string? CertificateName(AccessSubject subject, Func<TlsPeerCertificate, string> name) =>
        subject.Tls is { IsPeerVerified: true, PeerCertificate: { } certificate } ? name(certificate) : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
