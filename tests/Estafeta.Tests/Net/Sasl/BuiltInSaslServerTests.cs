using System.Security.Cryptography;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Net.Sasl;
using Estafeta.Net.Sasl.Client;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Sasl;

public class BuiltInSaslServerTests
{
    private static readonly SaslSession Session = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{PLAIN}Hello world!")]
    [InlineData("Hello world!")]
    [InlineData("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1")]
    [InlineData("{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1")]
    [InlineData("{SHA}00hq6RNueFa8QiEjhep5cJRHWAI=")]
    public async Task Plain_RightPassword_Succeeds_WrongOneFails(string stored)
    {
        await using var server = Server(stored);
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "ana"), await StartAsync(server, "PLAIN", "\0ana\0Hello world!"));
        Assert.Equal(SaslOutcome.Failed, (await StartAsync(server, "PLAIN", "\0ana\0Hello world")).Outcome);
        Assert.Equal(SaslOutcome.Failed, (await StartAsync(server, "PLAIN", "\0eva\0Hello world!")).Outcome);
    }

    // U+2168 is IX in another form, U+00AD nothing at all (RFC 4013 §3). crypt(3) of "pässword", composed.
    [Theory]
    [InlineData("I\u00adX", "\u2168", true)]
    [InlineData("\u2168", "IX", true)]
    [InlineData("ix", "\u2168", false)]
    [InlineData("$1$saltsalt$QgbQ7EUpcKNQTLgSVL4qr/", "pa\u0308ssword", true)]
    [InlineData("$1$saltsalt$QgbQ7EUpcKNQTLgSVL4qr/", "p\u00e4ssword", true)]
    [InlineData("$1$saltsalt$BmRB85lZ8ukk58bbBT8kE/", "pa\u0308ssword", true)]
    public async Task Plain_ComparesPreparedPasswords(string stored, string password, bool isRight)
    {
        Assert.SkipUnless(SaslPrep.IsAvailable, "ICU is not installed");
        await using var server = Server(stored);
        Assert.Equal(isRight ? SaslOutcome.Succeeded : SaslOutcome.Failed, (await StartAsync(server, "PLAIN", $"\0\u00aana\0{password}")).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ana")]
    [InlineData("\0ana")]
    [InlineData("\0ana\0")]
    [InlineData("eva\0ana\0Hello world!")]
    [InlineData("\0ana\0Hello world!\0")]
    [InlineData("\0\0Hello world!")]
    public async Task Plain_Malformed_Fails(string message)
    {
        await using var server = Server("Hello world!");
        Assert.Equal(SaslOutcome.Failed, (await StartAsync(server, "PLAIN", message)).Outcome);
    }

    [Fact]
    public async Task UnknownScheme_IsTroubleNotARefusal()
    {
        await using var server = Server("{ROT13}x");
        await Assert.ThrowsAsync<IOException>(async () => await StartAsync(server, "PLAIN", "\0ana\0x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Login_AsksForUserAndPassword(bool userFirst)
    {
        await using var server = Server("secret");
        await using var exchange = server.Begin("LOGIN", Session);
        if (!userFirst)
        {
            Assert.Equal("Username:", Decode(await exchange.StartAsync(null, Token)));
        }

        var step = userFirst ? await exchange.StartAsync(Encode("ana"), Token) : await exchange.ContinueAsync(Encode("ana"), Token);
        Assert.Equal("Password:", Decode(step));
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "ana"), await exchange.ContinueAsync(Encode("secret"), Token));
    }

    [Theory]
    [InlineData("secret", SaslOutcome.Succeeded)]
    [InlineData("wrong", SaslOutcome.Failed)]
    public async Task CramMd5_ChecksTheDigest(string password, SaslOutcome expected)
    {
        await using var server = Server("secret");
        await using var exchange = server.Begin("CRAM-MD5", Session);
        var challenge = Decode(await exchange.StartAsync(null, Token));
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(challenge));
        var step = await exchange.ContinueAsync(Encode("ana " + Convert.ToHexStringLower(digest)), Token);
        Assert.Equal(expected, step.Outcome);
    }

    [Theory]
    [InlineData("SCRAM-SHA-1", "ana", "secret", false, true)]
    [InlineData("SCRAM-SHA-256", "ana", "secret", false, true)]
    [InlineData("SCRAM-SHA-256", "ana", "secret", true, true)]
    [InlineData("SCRAM-SHA-256", "ana", "wrong", false, false)]
    [InlineData("SCRAM-SHA-256", "eva", "secret", false, false)]
    [InlineData("SCRAM-SHA-256-PLUS", "ana", "secret", false, true)]
    public async Task Scram_ProvesBothSides(string mechanism, string user, string password, bool asVerifier, bool isRight)
    {
        var hash = mechanism.Contains("256", StringComparison.Ordinal) ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        var verifier = ScramVerifier.Create(hash, "secret", RandomNumberGenerator.GetBytes(16), 4096);
        var stored = asVerifier
            ? $"{{SCRAM-SHA-256}}4096,{Convert.ToBase64String(verifier.Salt)},{Convert.ToBase64String(verifier.StoredKey)},{Convert.ToBase64String(verifier.ServerKey)}"
            : "secret";
        var session = new SaslSession { ChannelBinding = mechanism.EndsWith("PLUS", StringComparison.Ordinal) ? [1, 2, 3] : null };
        await using var server = Server(stored);
        await using var exchange = server.Begin(mechanism, session);
        var client = new ScramClient(hash, user, password, session.ChannelBinding);
        var serverFirst = Decode(await exchange.StartAsync(Encode(client.First()), Token));
        var final = await exchange.ContinueAsync(Encode(client.Final(serverFirst)), Token);
        if (!isRight)
        {
            Assert.Equal(SaslOutcome.Failed, final.Outcome);
            return;
        }

        Assert.Equal(client.ExpectedServerFinal, Decode(final));
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, user), await exchange.ContinueAsync("", Token));
    }

    [Theory]
    [InlineData("n,,", "ana", true)]
    [InlineData("n,a=ana,", "ana", true)]
    [InlineData("n,a=eva,", "ana", false)]
    [InlineData("n,ana,", "ana", false)]
    public async Task Scram_ActingForSomebodyElse_IsRefused(string header, string user, bool isRight)
    {
        await using var server = Server("secret");
        await using var exchange = server.Begin("SCRAM-SHA-256", Session);
        var step = await exchange.StartAsync(Encode($"{header}n={user},r=abcdefghijkl"), Token);
        Assert.Equal(isRight ? SaslOutcome.Continue : SaslOutcome.Failed, step.Outcome);
    }

    [Theory]
    [InlineData("\u2168", "I\u00adX")]
    [InlineData("I\u00adX", "\u2168")]
    [InlineData("\u06271", "\u06271")]
    public async Task Scram_BothSidesPrepareNamesAndPasswords(string stored, string password)
    {
        Assert.SkipUnless(SaslPrep.IsAvailable, "ICU is not installed");
        await using var server = Server(stored);
        await using var exchange = server.Begin("SCRAM-SHA-256", Session);
        var client = SaslClientMechanisms.Choose(
            ["SCRAM-SHA-256"], SaslSecurityOptions.Parse("p", ""), new SaslCredentials("\u00aana", password), usesTokens: false, filtered: false, new SaslClientConnection())!;
        var step = await exchange.StartAsync(Convert.ToBase64String(client.InitialResponse!), Token);
        while (step.Outcome == SaslOutcome.Continue)
        {
            Assert.True(client.TryRespond(Convert.FromBase64String(step.Text), out var response));
            step = await exchange.ContinueAsync(Convert.ToBase64String(response), Token);
        }

        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "ana"), step);
        Assert.True(client.IsServerProven);
    }

    [Fact]
    public async Task Scram_ClientThatSawNoBindingOfferedWhileItWas_IsRefused()
    {
        await using var server = Server("secret");
        await using var exchange = server.Begin("SCRAM-SHA-256", new SaslSession { ChannelBinding = [1] });
        Assert.Equal(SaslOutcome.Failed, (await exchange.StartAsync(Encode("y,,n=ana,r=abcdefghijkl"), Token)).Outcome);
    }

    [Fact]
    public async Task Scram_UnknownUser_GetsTheSameSaltEachTime()
    {
        await using var server = Server("secret");
        var salts = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var exchange = server.Begin("SCRAM-SHA-256", Session);
            salts.Add(Decode(await exchange.StartAsync(Encode("n,,n=eva,r=abcdefghijkl"), Token)).Split(',')[1]);
        }

        Assert.Single(salts);
    }

    // Clients take the strongest mechanism: one that fails for some of the users is none to offer.
    [Theory]
    [InlineData("inline:{a=secret, {b={PLAIN}other}}", "", "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1")]
    [InlineData("inline:{a=secret, {b=$6$x$y}}", "", "PLAIN LOGIN")]
    [InlineData("inline:{{b={SHA512-CRYPT}$6$x$y}}", "!external static:rest", "PLAIN LOGIN")]
    [InlineData("inline:{{b=$6$x$y}}", "plain login Scram-Sha-256", "PLAIN LOGIN SCRAM-SHA-256")]
    [InlineData("inline:{a=secret, {b={SCRAM-SHA-256}4096,AA==,AA==,AA==}}", "", "PLAIN LOGIN SCRAM-SHA-256-PLUS SCRAM-SHA-256")]
    [InlineData("inline:{{a={SCRAM-SHA-1}4096,AA==,AA==,AA==} {b={SCRAM-SHA-256}4096,AA==,AA==,AA==}}", "", "PLAIN LOGIN")]
    [InlineData("inline:{a=secret} inline:{{b=$6$x$y}}", "", "PLAIN LOGIN")]
    [InlineData("static:secret", "", "PLAIN LOGIN")]
    [InlineData("static:secret", "cram-md5", "PLAIN LOGIN CRAM-MD5")]
    public async Task Mechanisms_ServeEverybody_OrAreNamed(string maps, string named, string expected)
    {
        await using var tables = new TableSet(ParameterSet.Parse(""));
        await using var server = new BuiltInSaslServer(new TableCredentials(tables.OpenList("p", maps)), "mail.example.test", TimeProvider.System) { Named = named.Split(' ') };

        Assert.Equal(expected, string.Join(' ', (await server.GetMechanismsAsync(Token)).Select(m => m.Name)));
    }

    [Theory]
    [InlineData("", "PLAIN LOGIN")]
    [InlineData("scram-sha-1", "PLAIN LOGIN SCRAM-SHA-1")]
    public async Task Mechanisms_WithUsersThatAreOnlyChecked_AreThoseOfPasswords(string named, string expected)
    {
        var someAreOnlyChecked = new ChainedCredentials(new OneUser("ana", StoredPassword.Parse("secret")), new SaslauthdCredentials("/nonexistent", "smtp", "", TimeProvider.System));
        await using var server = new BuiltInSaslServer(someAreOnlyChecked, "mail.example.test", TimeProvider.System) { Named = [named] };

        Assert.Equal(expected, string.Join(' ', (await server.GetMechanismsAsync(Token)).Select(m => m.Name)));
    }

    [Fact]
    public async Task Mechanisms_AreLookedForAgain_WhenTheTableMayHaveChanged()
    {
        var time = new ManualTime();
        var users = new OneUser("ana", StoredPassword.Parse("secret"));
        await using var server = new BuiltInSaslServer(users, "mail.example.test", time);
        Assert.Equal(7, (await server.GetMechanismsAsync(Token)).Count);

        users.Stored = StoredPassword.Parse("$6$x$y");
        Assert.Equal(7, (await server.GetMechanismsAsync(Token)).Count);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await server.GetMechanismsAsync(Token)).Count);
    }

    private static BuiltInSaslServer Server(string stored) => new(new OneUser("ana", StoredPassword.Parse(stored)), "mail.example.test", TimeProvider.System);

    private static async Task<SaslStep> StartAsync(BuiltInSaslServer server, string mechanism, string message)
    {
        await using var exchange = server.Begin(mechanism, Session);
        return await exchange.StartAsync(Encode(message), Token);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decode(SaslStep step)
    {
        Assert.Equal(SaslOutcome.Continue, step.Outcome);
        return Encoding.UTF8.GetString(Convert.FromBase64String(step.Text));
    }

    private sealed class OneUser(string user, StoredPassword stored) : ICredentialSource
    {
        public StoredPassword Stored { get; set; } = stored;

        public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Stored.Serves);

        public ValueTask<bool> CheckAsync(string name, string password, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Stored.Matches(password) && name == user);

        public ValueTask<StoredPassword?> FindAsync(string name, CancellationToken cancellationToken) =>
            ValueTask.FromResult(name == user ? Stored : null);
    }
}
