using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Client;
using Estafeta.Net.Sasl.Server;
using ScramMechanism = Estafeta.Net.Sasl.Client.ScramClient;

namespace Estafeta.Tests.Net.Sasl.Client;

public sealed class SaslClientTests
{
    private static readonly SaslSecurityOptions Anything = SaslSecurityOptions.Parse("smtp_sasl_security_options", "");

    private static string Text(byte[]? octets) => Encoding.UTF8.GetString(octets ?? []);

    private static SaslClientMechanism Choose(string offered, SaslCredentials credentials, string options = "", byte[]? binding = null, bool tokens = false) =>
        SaslClientMechanisms.Choose(
            offered.Split(' '), SaslSecurityOptions.Parse("p", options), credentials, tokens, filtered: false,
            new SaslClientConnection { ChannelBinding = binding, HostName = "mx.test" })!;

    private static ScramMechanism Scram(string name, string user, string nonce, HashAlgorithmName hash) =>
        new(new SaslMechanism(name, SaslProperties.None), new SaslCredentials(user, "pencil"), null, hash, nonce);

    [Fact]
    public void AuthorizationId_IsSaidByEveryMechanismThatCan()
    {
        var credentials = new SaslCredentials("joe", "secret") { AuthorizationId = "a,b" };
        Assert.Equal("a,b\0joe\0secret"u8.ToArray(), Client("PLAIN").InitialResponse);
        Assert.StartsWith("n,a=a=2Cb,n=joe,r=", System.Text.Encoding.UTF8.GetString(Client("SCRAM-SHA-256").InitialResponse!), StringComparison.Ordinal);
        Assert.True(Client("DIGEST-MD5").TryRespond("nonce=\"x\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"u8, out var response));
        Assert.Contains("username=\"joe\",authzid=\"a,b\",", System.Text.Encoding.UTF8.GetString(response), StringComparison.Ordinal);

        SaslClientMechanism Client(string name) => SaslClientMechanisms.Choose(
            [name], SaslSecurityOptions.Parse("p", ""), credentials, usesTokens: false, filtered: false, new SaslClientConnection { HostName = "mail.test" })!;
    }

    [Fact]
    public void Cram_Rfc2195Example()
    {
        var client = Choose("CRAM-MD5", new SaslCredentials("tim", "tanstaaftanstaaf"));
        Assert.Null(client.InitialResponse);
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("<1896.697170952@postoffice.reston.mci.net>"), out var response));
        Assert.Equal("tim b913a602c7eda7a495b4e6e7334d3890", Text(response));
        Assert.False(client.TryRespond("again"u8, out _));
    }

    [Fact]
    public void Scram_Rfc7677Example()
    {
        var client = Scram("SCRAM-SHA-256", "user", "rOprNGfwEbeRWgbNEkqO", HashAlgorithmName.SHA256);
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Text(client.InitialResponse));
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"), out var response));
        Assert.Equal("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", Text(response));
        Assert.False(client.IsServerProven);
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), out _));
        Assert.True(client.IsServerProven);
    }

    [Fact]
    public void Scram_Rfc5802Example()
    {
        var client = Scram("SCRAM-SHA-1", "user", "fyko+d2lbbFgONRv9qkxdawL", HashAlgorithmName.SHA1);
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"), out var response));
        Assert.Equal("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", Text(response));
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("r=other,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=%%%,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=1")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=2000000000")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=x")]
    [InlineData("m=ext,r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096")]
    public void Scram_BadServerFirst_EndsTheExchange(string challenge)
    {
        var client = Scram("SCRAM-SHA-1", "user", "fyko+d2lbbFgONRv9qkxdawL", HashAlgorithmName.SHA1);
        var isEmpty = challenge.Length == 0;
        Assert.Equal(isEmpty, client.TryRespond(Encoding.ASCII.GetBytes(challenge), out _));
    }

    [Fact]
    public void Scram_ServerThatDoesNotKnowThePassword_IsFoundOut()
    {
        var client = Scram("SCRAM-SHA-1", "user", "fyko+d2lbbFgONRv9qkxdawL", HashAlgorithmName.SHA1);
        Assert.True(client.TryRespond(Encoding.ASCII.GetBytes("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096"), out _));
        Assert.False(client.TryRespond(Encoding.ASCII.GetBytes("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), out _));
    }

    [Fact]
    public void Scram_WithChannelBinding_IsPreferredAndSaysSo()
    {
        var client = Choose("PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS", new SaslCredentials("us=er,x", "p"), binding: [1, 2, 3]);
        Assert.Equal("SCRAM-SHA-256-PLUS", client.Name);
        Assert.StartsWith("p=tls-exporter,,n=us=3Der=2Cx,r=", Text(client.InitialResponse));
        Assert.StartsWith("y,,", Text(Choose("SCRAM-SHA-256", new SaslCredentials("u", "p"), binding: [1]).InitialResponse));
    }

    [Theory]
    [InlineData("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1", "", "SCRAM-SHA-1")]
    [InlineData("PLAIN LOGIN CRAM-MD5", "noanonymous", "CRAM-MD5")]
    [InlineData("plain login", "", "PLAIN")]
    [InlineData("LOGIN", "", "LOGIN")]
    [InlineData("PLAIN LOGIN", "noplaintext", null)]
    [InlineData("GSSAPI XOAUTH2 ANONYMOUS", "", null)]
    [InlineData("CRAM-MD5 PLAIN SCRAM-SHA-256", "mutual_auth", "SCRAM-SHA-256")]
    public void Choose_StrongestThatIsAllowed(string offered, string options, string? expected) =>
        Assert.Equal(expected, SaslClientMechanisms.Choose(offered.Split(' '), SaslSecurityOptions.Parse("p", options), new SaslCredentials("u", "p"), false, false, new SaslClientConnection())?.Name);

    [Fact]
    public void Plain_Login_AndTokens()
    {
        Assert.Equal("\0user\0pass", Text(Choose("PLAIN", new SaslCredentials("user", "pass")).InitialResponse));
        var login = Choose("LOGIN", new SaslCredentials("user", "pass"));
        Assert.True(login.TryRespond("Username:"u8, out var user));
        Assert.True(login.TryRespond("whatever"u8, out var password));
        Assert.False(login.TryRespond("more"u8, out _));
        Assert.Equal("user pass", $"{Text(user)} {Text(password)}");
        Assert.Equal("user=u@x\u0001auth=Bearer tok\u0001\u0001", Text(Choose("PLAIN XOAUTH2", new SaslCredentials("u@x", "tok"), tokens: true).InitialResponse));
        Assert.Equal("n,a=u@x,\u0001auth=Bearer tok\u0001\u0001", Text(Choose("OAUTHBEARER", new SaslCredentials("u@x", "tok"), tokens: true).InitialResponse));
        Assert.Null(SaslClientMechanisms.Choose(["PLAIN"], Anything, new SaslCredentials("u", "tok"), true, false, new SaslClientConnection()));
    }

    // RFC 2831 §4, with smtp in place of its imap: computed apart, by a script that gives the RFC's own values for imap.
    [Fact]
    public void DigestMd5_AnswersAndWantsProof()
    {
        var client = new DigestMd5Client(
            new SaslMechanism("DIGEST-MD5", SaslProperties.None), new SaslCredentials("chris", "secret"), "elwood.innosoft.com", "OA6MHXh6VqTrRk");
        Assert.Null(client.InitialResponse);
        Assert.True(client.TryRespond(
            "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"u8, out var response));
        Assert.Equal(
            "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\","
            + "digest-uri=\"smtp/elwood.innosoft.com\",response=52ff44907f72314481b5c098c708ebf3,qop=auth",
            Text(response));
        Assert.False(client.IsServerProven);
        Assert.True(client.TryRespond("rspauth=84106ee5cb85c426e7ef928db0e49bfa"u8, out response));
        Assert.Empty(response);
        Assert.True(client.IsServerProven);
        Assert.False(client.TryRespond("rspauth=ea40f60335c427b5527b84dbabcdfffd"u8, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonce")]
    [InlineData("nonce=\"x")]
    [InlineData("nonce=\"x\\")]
    [InlineData("nonce=\"x\",qop=\"auth-int,auth-conf\",algorithm=md5-sess")]
    [InlineData("nonce=\"x\",qop=\"auth\"")]
    [InlineData("nonce=\"x\",qop=\"auth\",algorithm=md5")]
    [InlineData("nonce=\"\",qop=\"auth\",algorithm=md5-sess")]
    public void DigestMd5_SenselessChallenge_EndsIt(string challenge) =>
        Assert.False(Choose("DIGEST-MD5", new SaslCredentials("u", "p")).TryRespond(Encoding.UTF8.GetBytes(challenge), out _));

    [Fact]
    public void DigestMd5_EveryPrefixOfAChallenge_EndsItOrIsAnswered()
    {
        const string Challenge = "realm=\"a\\\"b\", nonce=\"n,=\" ,qop=\"auth,auth-int\",algorithm=md5-sess";
        for (var length = 0; length < Challenge.Length; length++)
        {
            Assert.False(Choose("DIGEST-MD5", new SaslCredentials("u", "p")).TryRespond(Encoding.UTF8.GetBytes(Challenge[..length]), out _));
        }

        Assert.True(Choose("DIGEST-MD5", new SaslCredentials("u", "p")).TryRespond(Encoding.UTF8.GetBytes(Challenge), out var response));
        Assert.Contains("realm=\"a\\\"b\",nonce=\"n,=\",", Text(response), StringComparison.Ordinal);
    }

    [Fact]
    public void External_NeedsACertificateAndAFilter()
    {
        SaslClientMechanism? Ask(bool certificate, bool filtered) => SaslClientMechanisms.Choose(
            ["EXTERNAL"], SaslSecurityOptions.Parse("p", ""), new SaslCredentials("u", "p"), usesTokens: false, filtered,
            new SaslClientConnection { HasCertificate = certificate });
        Assert.Empty(Ask(true, true)!.InitialResponse!);
        Assert.Null(Ask(false, true));
        Assert.Null(Ask(true, false));
    }
}
