using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// smtpd_sasl_type = estafeta: authentication without Dovecot or Cyrus. Passwords come from lookup tables
/// (estafeta_sasl_password_maps, hashed or as SCRAM verifiers) or are checked by saslauthd.
/// </summary>
public sealed class BuiltInSaslServer(ICredentialSource credentials, string hostName, TimeProvider time) : ISaslServer
{
    // Unknown users get a salt that is stable over attempts, so that SCRAM does not tell who exists (RFC 5802 §9).
    private readonly byte[] _decoyKey = RandomNumberGenerator.GetBytes(32);

    private readonly SaslMechanism[] _mechanisms = Offer(credentials.Kinds);

    /// <summary>The names of the mechanisms to offer, of those there are; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public ValueTask<IReadOnlyList<SaslMechanism>> GetMechanismsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SaslMechanism>>(
            Only.Count == 0 ? _mechanisms : [.. _mechanisms.Where(m => Only.Contains(m.Name, StringComparer.OrdinalIgnoreCase))]);

    public SaslExchange Begin(string mechanism, SaslSession session) => mechanism switch
    {
        "PLAIN" => new PlainExchange(credentials),
        "LOGIN" => new LoginExchange(credentials),
        "CRAM-MD5" => new CramMd5Exchange(credentials, hostName, time),
        "SCRAM-SHA-1" => new ScramExchange(credentials, HashAlgorithmName.SHA1, withBinding: false, session, _decoyKey),
        "SCRAM-SHA-1-PLUS" => new ScramExchange(credentials, HashAlgorithmName.SHA1, withBinding: true, session, _decoyKey),
        "SCRAM-SHA-256" => new ScramExchange(credentials, HashAlgorithmName.SHA256, withBinding: false, session, _decoyKey),
        "SCRAM-SHA-256-PLUS" => new ScramExchange(credentials, HashAlgorithmName.SHA256, withBinding: true, session, _decoyKey),
        _ => throw new ArgumentException($"mechanism {mechanism} was never offered", nameof(mechanism)),
    };

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static SaslMechanism[] Offer(CredentialKinds kinds)
    {
        var offered = new List<SaslMechanism>
        {
            new("PLAIN", SaslProperties.Plaintext),
            new("LOGIN", SaslProperties.Plaintext),
        };
        if (kinds.HasFlag(CredentialKinds.Readable))
        {
            const SaslProperties Hashed = SaslProperties.Dictionary | SaslProperties.Active;
            offered.Add(new("CRAM-MD5", Hashed));
            foreach (var name in new[] { "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1" })
            {
                offered.Add(new(name, SaslProperties.Dictionary | SaslProperties.MutualAuthentication));
            }
        }

        return [.. offered];
    }
}

/// <summary>An exchange of our own: base64 on the outside, octets on the inside.</summary>
internal abstract class BuiltInExchange(bool serverFirst) : SaslExchange
{
    protected static readonly SaslStep Refused = new(SaslOutcome.Failed, "authentication failure");

    private int _steps;

    public override async ValueTask<SaslStep> StartAsync(string? initialResponse, CancellationToken cancellationToken)
    {
        if (initialResponse != null)
        {
            return serverFirst
                ? await StartWithResponseAsync(initialResponse, cancellationToken)
                : await ContinueAsync(initialResponse, cancellationToken);
        }

        return new SaslStep(SaslOutcome.Continue, serverFirst ? Convert.ToBase64String(FirstChallenge()) : "");
    }

    public override async ValueTask<SaslStep> ContinueAsync(string response, CancellationToken cancellationToken)
    {
        if (!SaslBase64.TryDecode(response, out var octets))
        {
            return SaslBase64.Malformed;
        }

        // No mechanism here takes more than three steps.
        return ++_steps > 3 ? Refused : await NextAsync(octets, cancellationToken);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected abstract ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken);

    protected virtual byte[] FirstChallenge() => [];

    // RFC 4954 §4: an initial response to a mechanism where the server speaks first is an error, except that LOGIN users send one.
    protected virtual ValueTask<SaslStep> StartWithResponseAsync(string response, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Refused);

    protected static SaslStep Challenge(ReadOnlySpan<byte> octets) => new(SaslOutcome.Continue, Convert.ToBase64String(octets));

    /// <summary>The text of a message, or null when it is not UTF-8 or has a NUL.</summary>
    protected static string? Text(ReadOnlySpan<byte> octets)
    {
        if (octets.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(octets))
        {
            return null;
        }

        return Encoding.UTF8.GetString(octets);
    }
}
