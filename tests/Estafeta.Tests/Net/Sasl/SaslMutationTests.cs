using System.Security.Cryptography;
using Estafeta.Configuration;
using Estafeta.Net.OAuth.Server;
using Estafeta.Net.Sasl.Client;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Sasl;

/// <summary>
/// Every message of every mechanism, cut at each octet and with each octet changed, and noise: whoever reads it refuses it, and nothing else happens.
/// </summary>
public sealed class SaslMutationTests
{
    private const string Fingerprint = "AA:BB";
    private const int NoiseSeed = 4422;
    private const int NoiseCount = 500;

    private static readonly SaslCredentials Credentials = new("ana", "secret");
    private static readonly SaslSession Session = new() { ChannelBinding = [1, 2, 3], CertificateFingerprints = [Fingerprint] };

    private delegate byte[] Change(byte[] message);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Challenging => ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];

    public static TheoryData<string> All => [.. Challenging, "SCRAM-SHA-1-PLUS", "OAUTHBEARER", "XOAUTH2", "EXTERNAL"];

    [Theory]
    [MemberData(nameof(Challenging))]
    public async Task Server_RefusesAChangedMessage(string mechanism)
    {
        await using var tables = new TableSet(ParameterSet.Parse(""));
        await using var server = Server(tables, mechanism);
        var untouched = new List<int>();
        Assert.Equal(SaslOutcome.Succeeded, (await TalkAsync(server, mechanism, ofClient: (_, message) => Seen(untouched, message))).Outcome);

        for (var step = 0; step < untouched.Count; step++)
        {
            foreach (var change in Changes(untouched[step]))
            {
                var talk = await TalkAsync(server, mechanism, ofClient: (at, message) => at == step ? change(message) : message);
                Assert.NotEqual(SaslOutcome.Succeeded, talk.Outcome);
            }
        }
    }

    [Theory]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    public async Task Client_DoesNotBelieveAChangedChallenge(string mechanism)
    {
        await using var tables = new TableSet(ParameterSet.Parse(""));
        await using var server = Server(tables, mechanism);
        var untouched = new List<int>();
        Assert.True((await TalkAsync(server, mechanism, ofServer: (_, message) => Seen(untouched, message))).IsServerProven);

        for (var step = 0; step < untouched.Count; step++)
        {
            foreach (var change in Changes(untouched[step]))
            {
                var talk = await TalkAsync(server, mechanism, ofServer: (at, message) => at == step ? change(message) : message);
                Assert.False(talk.IsServerProven && talk.Outcome == SaslOutcome.Succeeded);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Server_RefusesNoise(string mechanism)
    {
        await using var tables = new TableSet(ParameterSet.Parse(""));
        await using var server = Server(tables, mechanism);
        foreach (var noise in Noise())
        {
            await using var exchange = server.Begin(mechanism, Session);
            var step = await exchange.StartAsync(Convert.ToBase64String(noise), Token);
            for (var more = 0; step.Outcome == SaslOutcome.Continue; more++)
            {
                Assert.True(more < 4);
                step = await exchange.ContinueAsync(Convert.ToBase64String(noise), Token);
            }

            Assert.Equal(SaslOutcome.Failed, step.Outcome);
        }
    }

    [Theory]
    [InlineData("DIGEST-MD5")]
    [InlineData("CRAM-MD5")]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    public void Client_SurvivesNoise(string mechanism)
    {
        foreach (var noise in Noise())
        {
            var client = Client(mechanism);
            for (var step = 0; step < 3 && client.TryRespond(noise, out _); step++)
            {
            }

            // Others have no way to tell.
            Assert.True(!client.IsServerProven || mechanism is "CRAM-MD5" or "PLAIN" or "LOGIN");
        }
    }

    // The challenge and the proof of RFC 2831 §4, as far as they are the server's.
    [Fact]
    public void DigestClient_SurvivesAChangedChallenge()
    {
        var challenge = "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"u8.ToArray();
        foreach (var change in Changes(challenge.Length))
        {
            var client = Client("DIGEST-MD5");
            _ = client.TryRespond(change([.. challenge]), out _);
            Assert.False(client.TryRespond("rspauth=00000000000000000000000000000000"u8, out _) && client.IsServerProven);
        }
    }

    private static byte[] Seen(List<int> lengths, byte[] message)
    {
        lengths.Add(message.Length);
        return message;
    }

    private static IEnumerable<Change> Changes(int length)
    {
        yield return static message => [.. message, (byte)'*'];
        for (var i = 0; i < length; i++)
        {
            var at = i;
            yield return message => message[..at];
            foreach (var octet in (byte[])[0, (byte)'*', (byte)',', 0xFF])
            {
                yield return message =>
                {
                    var changed = message.ToArray();
                    changed[at] = changed[at] == octet ? (byte)'!' : octet;
                    return changed;
                };
            }
        }
    }

    // Half of it looks a little like messages.
    private static IEnumerable<byte[]> Noise()
    {
        const string letters = "nrscpvay=,\0\u0001 \"\\auth=Bearer user=:anasecret";
        var random = new Random(NoiseSeed);
        for (var i = 0; i < NoiseCount; i++)
        {
            var noise = new byte[random.Next(1, 80)];
            random.NextBytes(noise);
            yield return i % 2 == 0 ? noise : Array.ConvertAll(noise, o => (byte)letters[o % letters.Length]);
        }
    }

    private static async Task<(SaslOutcome Outcome, bool IsServerProven)> TalkAsync(
        BuiltInSaslServer server, string mechanism, Func<int, byte[], byte[]>? ofClient = null, Func<int, byte[], byte[]>? ofServer = null)
    {
        var client = Client(mechanism);
        var (sent, received) = (0, 0);
        await using var exchange = server.Begin(mechanism, Session);
        var step = await exchange.StartAsync(client.InitialResponse is { } first ? Said(first) : null, Token);
        while (step.Outcome == SaslOutcome.Continue)
        {
            var challenge = Convert.FromBase64String(step.Text);
            if (!client.TryRespond(ofServer?.Invoke(received++, challenge) ?? challenge, out var response))
            {
                break;
            }

            step = await exchange.ContinueAsync(Said(response), Token);
        }

        return (step.Outcome, client.IsServerProven);

        string Said(byte[] message) => Convert.ToBase64String(ofClient?.Invoke(sent++, message) ?? message);
    }

    private static SaslClientMechanism Client(string mechanism) => SaslClientMechanisms.Choose(
        [mechanism], SaslSecurityOptions.Parse("p", ""), Credentials, usesTokens: false, filtered: true,
        new SaslClientConnection { HostName = "mail.test", ChannelBinding = mechanism.EndsWith("-PLUS", StringComparison.Ordinal) ? Session.ChannelBinding : null })!;

    private static BuiltInSaslServer Server(TableSet tables, string mechanism) => new(new OneUser(Stored(mechanism)), "mail.test", TimeProvider.System)
    {
        Tokens = new NoTokens(),
        Certificates = tables.OpenList("p", $"inline:{{{Fingerprint}=ana}}"),
    };

    // A verifier of few iterations, made once: thousands of dialogs would take long otherwise.
    private static StoredPassword Stored(string mechanism)
    {
        if (!mechanism.StartsWith("SCRAM", StringComparison.Ordinal))
        {
            return StoredPassword.Parse(Credentials.Password);
        }

        var scheme = mechanism.Replace("-PLUS", "", StringComparison.Ordinal);
        var verifier = ScramVerifier.Create(
            scheme == "SCRAM-SHA-1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, Credentials.Password, [1, 2, 3], 1024);
        return StoredPassword.Parse(
            $"{{{scheme}}}{verifier.Iterations},{Convert.ToBase64String(verifier.Salt)},{Convert.ToBase64String(verifier.StoredKey)},{Convert.ToBase64String(verifier.ServerKey)}");
    }

    private sealed class OneUser(StoredPassword stored) : ICredentialSource
    {
        public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ServedMechanisms.Everybody);

        public ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken) => ValueTask.FromResult(user == Credentials.User && password == Credentials.Password);

        public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) => ValueTask.FromResult(user == Credentials.User ? stored : null);
    }

    private sealed class NoTokens : ITokenVerifier
    {
        public ValueTask<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken) => ValueTask.FromResult(TokenVerdict.Bad("none is good"));
    }
}
