using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.OAuth.Server;
using Estafeta.Tables;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// smtpd_sasl_type = estafeta: authentication without Dovecot or Cyrus. Passwords come from lookup tables
/// (estafeta_sasl_password_maps, hashed or as SCRAM verifiers) or are checked by PAM, an LDAP server or saslauthd; access tokens by keys
/// or by their issuer; certificates by their fingerprints.
/// </summary>
/// <param name="credentials">Users with passwords; null when there are none, only tokens or certificates.</param>
public sealed class BuiltInSaslServer(ICredentialSource? credentials, string hostName, TimeProvider time) : ISaslServer
{
    private const SaslProperties Scram = SaslProperties.Dictionary | SaslProperties.MutualAuthentication;

    // Tables change under a running server.
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(1);

    // Unknown users get a salt that is stable over attempts, so that SCRAM does not tell who exists (RFC 5802 §9).
    private readonly byte[] _decoyKey = RandomNumberGenerator.GetBytes(32);

    private SaslMechanism[]? _mechanisms;
    private long _mechanismsFound;

    /// <summary>Who checks access tokens: OAUTHBEARER and XOAUTH2 are offered.</summary>
    public ITokenVerifier? Tokens { get; init; }

    /// <summary>Whose a client certificate is, by fingerprint: EXTERNAL is offered.</summary>
    public MapList? Certificates { get; init; }

    /// <summary>The names of the mechanisms to offer, of those there are; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The mechanisms to offer although they serve only some of the users.</summary>
    public IReadOnlyList<string> Named { get; init; } = [];

    public async ValueTask<IReadOnlyList<SaslMechanism>> GetMechanismsAsync(CancellationToken cancellationToken)
    {
        if (_mechanisms is { } known && time.GetElapsedTime(_mechanismsFound) < Freshness)
        {
            return known;
        }

        // The others go by what was known until this one has looked.
        _mechanismsFound = time.GetTimestamp();
        _mechanisms = Offer(await FindServedAsync(cancellationToken));
        return _mechanisms;
    }

    public SaslExchange Begin(string mechanism, SaslSession session) => (mechanism, credentials) switch
    {
        ("PLAIN", { } c) => new PlainExchange(c),
        ("LOGIN", { } c) => new LoginExchange(c),
        ("CRAM-MD5", { } c) => new CramMd5Exchange(c, hostName, time),
        ("SCRAM-SHA-1", { } c) => new ScramExchange(c, HashAlgorithmName.SHA1, withBinding: false, session, _decoyKey),
        ("SCRAM-SHA-1-PLUS", { } c) => new ScramExchange(c, HashAlgorithmName.SHA1, withBinding: true, session, _decoyKey),
        ("SCRAM-SHA-256", { } c) => new ScramExchange(c, HashAlgorithmName.SHA256, withBinding: false, session, _decoyKey),
        ("SCRAM-SHA-256-PLUS", { } c) => new ScramExchange(c, HashAlgorithmName.SHA256, withBinding: true, session, _decoyKey),
        ("OAUTHBEARER", _) when Tokens != null => new BearerExchange(Tokens, isStandard: true),
        ("XOAUTH2", _) when Tokens != null => new BearerExchange(Tokens, isStandard: false),
        ("EXTERNAL", _) when Certificates != null => new ExternalExchange(Certificates, session),
        _ => throw new ArgumentException($"mechanism {mechanism} was never offered", nameof(mechanism)),
    };

    public async ValueTask DisposeAsync()
    {
        if (credentials is IAsyncDisposable source)
        {
            await source.DisposeAsync();
        }

        (credentials as IDisposable)?.Dispose();
        (Tokens as IDisposable)?.Dispose();
    }

    private async ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return credentials == null ? ServedMechanisms.Nobody : await credentials.FindServedAsync(cancellationToken);
        }
        catch (IOException)
        {
            // A table in trouble shows itself at the first login.
            return ServedMechanisms.Some;
        }
    }

    private SaslMechanism[] Offer(ServedMechanisms served)
    {
        var offered = new List<SaslMechanism>();
        if (credentials != null)
        {
            offered.Add(new("PLAIN", SaslProperties.Plaintext));
            offered.Add(new("LOGIN", SaslProperties.Plaintext));
            Challenge("CRAM-MD5", served.CramMd5, SaslProperties.Dictionary | SaslProperties.Active);
            Challenge("SCRAM-SHA-256-PLUS", served.ScramSha256, Scram | SaslProperties.ChannelBinding);
            Challenge("SCRAM-SHA-256", served.ScramSha256, Scram);
            Challenge("SCRAM-SHA-1-PLUS", served.ScramSha1, Scram | SaslProperties.ChannelBinding);
            Challenge("SCRAM-SHA-1", served.ScramSha1, Scram);
        }

        if (Tokens != null)
        {
            // Who overhears a token can use it: the same as a password.
            offered.Add(new("OAUTHBEARER", SaslProperties.Plaintext));
            offered.Add(new("XOAUTH2", SaslProperties.Plaintext));
        }

        if (Certificates != null)
        {
            offered.Add(new("EXTERNAL", SaslProperties.None));
        }

        return Only.Count == 0 ? [.. offered] : [.. offered.Where(m => Only.Contains(m.Name, StringComparer.OrdinalIgnoreCase))];

        void Challenge(string name, Served whom, SaslProperties properties)
        {
            if (whom == Served.Everybody || (whom == Served.Some && Named.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                offered.Add(new(name, properties));
            }
        }
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
