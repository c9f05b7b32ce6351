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
        new(new SaslMechanism("SCRAM-SHA-256-PLUS", Scram), ScramClient.Sha256Plus),
        new(new SaslMechanism("SCRAM-SHA-1-PLUS", Scram), ScramClient.Sha1Plus),
        new(new SaslMechanism("SCRAM-SHA-256", Scram), ScramClient.Sha256),
        new(new SaslMechanism("SCRAM-SHA-1", Scram), ScramClient.Sha1),
        new(new SaslMechanism("CRAM-MD5", SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new CramMd5Client(m, c)),
        new(new SaslMechanism("OAUTHBEARER", SaslProperties.None), static (m, c, _) => new OAuthClient(m, c)) { IsToken = true },
        new(new SaslMechanism("XOAUTH2", SaslProperties.None), static (m, c, _) => new OAuthClient(m, c)) { IsToken = true },
        new(new SaslMechanism("PLAIN", SaslProperties.Plaintext | SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new PlainClient(m, c)),
        new(new SaslMechanism("LOGIN", SaslProperties.Plaintext | SaslProperties.Dictionary | SaslProperties.Active), static (m, c, _) => new LoginClient(m, c)),
    ];

    private delegate SaslClientMechanism? Maker(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding);

    /// <param name="offered">Names as the server lists them.</param>
    /// <param name="usesTokens">The credentials hold an access token and the mechanism filter names a token mechanism.</param>
    /// <param name="channelBinding">tls-exporter data of the connection, or null.</param>
    /// <returns>Null when nothing offered is known and good enough.</returns>
    public static SaslClientMechanism? Choose(
        IReadOnlyCollection<string> offered, SaslSecurityOptions options, SaslCredentials credentials, bool usesTokens, byte[]? channelBinding)
    {
        foreach (var entry in Known)
        {
            if (entry.IsToken == usesTokens
                && options.Allows(entry.Mechanism)
                && offered.Contains(entry.Mechanism.Name, StringComparer.OrdinalIgnoreCase)
                && entry.Make(entry.Mechanism, credentials, channelBinding) is { } client)
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
    }
}
