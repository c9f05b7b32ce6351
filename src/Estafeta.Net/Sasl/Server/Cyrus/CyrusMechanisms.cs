namespace Estafeta.Net.Sasl.Server.Cyrus;

/// <summary>What the mechanisms of libsasl2's plug-ins are worth, for smtpd_sasl_security_options; the library tells it of none by name.</summary>
internal static class CyrusMechanisms
{
    public static SaslProperties Properties(string name) => name switch
    {
        "ANONYMOUS" => SaslProperties.Anonymous,
        "PLAIN" or "LOGIN" or "XOAUTH2" or "OAUTHBEARER" => SaslProperties.Plaintext,
        "CRAM-MD5" or "NTLM" => SaslProperties.Dictionary | SaslProperties.Active,
        "DIGEST-MD5" => SaslProperties.Dictionary | SaslProperties.MutualAuthentication,
        "GSSAPI" or "GS2-KRB5" => SaslProperties.MutualAuthentication,
        "SRP" => SaslProperties.MutualAuthentication | SaslProperties.ForwardSecrecy,
        _ when name.StartsWith("SCRAM-", StringComparison.Ordinal) => SaslProperties.Dictionary | SaslProperties.MutualAuthentication,
        _ => SaslProperties.None,
    };
}
