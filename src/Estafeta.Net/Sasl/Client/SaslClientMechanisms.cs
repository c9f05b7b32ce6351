using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>
/// The mechanisms this client knows, strongest first, and the choice among those a server offers. Token mechanisms are taken only when a
/// filter names them: a password is no token.
/// </summary>
public static class SaslClientMechanisms
{
    private const SaslProperties Scram = SaslProperties.MutualAuthentication | SaslProperties.Dictionary;

    private static readonly Entry[] Known =
    [
        new(new SaslMechanism("GSSAPI", SaslProperties.MutualAuthentication | SaslProperties.Active), static (m, c, x) => GssContext.IsAvailable ? new GssapiClient(m, c, x.HostName) : null) { IsNamedOnly = true },
        new(new SaslMechanism("EXTERNAL", SaslProperties.None), static (m, _, x) => x.HasCertificate ? new ExternalClient(m) : null) { IsNamedOnly = true },
        new(new SaslMechanism("SCRAM-SHA-256-PLUS", Scram), static (m, c, x) => ScramClient.Sha256Plus(m, c, x.ChannelBinding)),
        new(new SaslMechanism("SCRAM-SHA-1-PLUS", Scram), static (m, c, x) => ScramClient.Sha1Plus(m, c, x.ChannelBinding)),
        new(new SaslMechanism("SCRAM-SHA-256", Scram), static (m, c, x) => ScramClient.Sha256(m, c, x.ChannelBinding)),
        new(new SaslMechanism("SCRAM-SHA-1", Scram), static (m, c, x) => ScramClient.Sha1(m, c, x.ChannelBinding)),
        new(new SaslMechanism("DIGEST-MD5", Scram | SaslProperties.Active), static (m, c, x) => new DigestMd5Client(m, c, x.HostName)),
        new(new SaslMechanism("CRAM-MD5", SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new CramMd5Client(m, c)),
        new(new SaslMechanism("OAUTHBEARER", SaslProperties.None), static (m, c, _) => new OAuthClient(m, c)) { IsToken = true },
        new(new SaslMechanism("XOAUTH2", SaslProperties.None), static (m, c, _) => new OAuthClient(m, c)) { IsToken = true },
        new(new SaslMechanism("PLAIN", SaslProperties.Plaintext | SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new PlainClient(m, c)),
        new(new SaslMechanism("LOGIN", SaslProperties.Plaintext | SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new LoginClient(m, c)),
    ];

    private delegate SaslClientMechanism? Maker(SaslMechanism mechanism, SaslCredentials credentials, SaslClientConnection connection);

    /// <param name="offered">Names as the server lists them.</param>
    /// <param name="usesTokens">The credentials hold an access token and the mechanism filter names a token mechanism.</param>
    /// <param name="filtered">smtp_sasl_mechanism_filter names what is offered: then GSSAPI and EXTERNAL, too, are worth trying.</param>
    /// <param name="connection">What there is to bind to.</param>
    /// <returns>Null when nothing offered is known and good enough.</returns>
    public static SaslClientMechanism? Choose(
        IReadOnlyCollection<string> offered, SaslSecurityOptions options, SaslCredentials credentials, bool usesTokens, bool filtered,
        SaslClientConnection connection)
    {
        foreach (var entry in Known)
        {
            if (entry.IsToken == usesTokens
                && options.Allows(entry.Mechanism)
                && (filtered || !entry.IsNamedOnly)
                && offered.Contains(entry.Mechanism.Name, StringComparer.OrdinalIgnoreCase)
                && entry.Make(entry.Mechanism, credentials, connection) is { } client)
            {
                return client;
            }
        }

        return null;
    }

    public static bool IsTokenMechanism(string name) =>
        name.Equals("XOAUTH2", StringComparison.OrdinalIgnoreCase) || name.Equals("OAUTHBEARER", StringComparison.OrdinalIgnoreCase);

    private sealed record Entry(SaslMechanism Mechanism, Maker Make)
    {
        public bool IsToken { get; init; }

        /// <summary>Tickets and certificates are there by the administrator's doing: taken when a filter names them, not because a server offers them.</summary>
        public bool IsNamedOnly { get; init; }
    }
}
