namespace Estafeta.Net.Sasl.Server;

/// <summary>Properties a mechanism has, in Dovecot's words; smtpd_sasl_security_options speaks of the same.</summary>
[Flags]
public enum SaslProperties
{
    None = 0,
    Plaintext = 1,
    Anonymous = 2,
    Dictionary = 4,
    Active = 8,
    ForwardSecrecy = 16,
    MutualAuthentication = 32,
    Private = 64,

    /// <summary>Binds the login to the TLS session (RFC 5802 §6).</summary>
    ChannelBinding = 128,
}

public sealed record SaslMechanism(string Name, SaslProperties Properties);
