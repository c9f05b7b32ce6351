using System.Security.Cryptography;
using Estafeta.Authentication.Dkim;

namespace Estafeta.Tests.Authentication.Dkim;

/// <summary>What is wrong with a signature or its key, and what it comes to.</summary>
public sealed class DkimVerifierTests
{
    private const string Message = "From: a@example.com\nTo: b@example.net\nSubject: one\n two\nX-Other: x\n\nbody\n\n";

    public static TheoryData<int> KeySizes => [0, 1024, 2048, 4096];

    [Theory]
    [MemberData(nameof(KeySizes))]
    public async Task OwnSignature_Passes_InEveryForm(int bits)
    {
        using var fixture = new SigningFixture(bits);
        foreach (var (header, body) in ((bool, bool)[])[(true, true), (true, false), (false, true), (false, false)])
        {
            var signed = fixture.Sign(Message, SigningFixture.Form with { IsHeaderRelaxed = header, IsBodyRelaxed = body, Identity = "@sub.example.com" });
            Assert.All(signed.Split("\nFrom:")[0].Split('\n'), line => Assert.InRange(line.Length, 1, 78));
            await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");
        }
    }

    [Fact]
    public async Task Unsigned_HasNoResult()
    {
        using var fixture = new SigningFixture();
        Assert.Empty(await fixture.VerifyAsync(Message));
    }

    [Fact]
    public async Task FieldAddedAbove_IsNoticed_WhereItIsOversigned()
    {
        using var fixture = new SigningFixture();
        var signed = fixture.Sign(Message);
        await ExpectAsync(fixture, "From: evil@example.org\n" + signed, DkimOutcome.Fail, "signature does not fit the headers");
        await ExpectAsync(fixture, "Subject: another\n" + signed, DkimOutcome.Pass, "");
        await ExpectAsync(fixture, signed.Replace("X-Other: x", "X-Other: y", StringComparison.Ordinal), DkimOutcome.Pass, "");
        await ExpectAsync(fixture, signed.Replace("Subject: one\n two", "SUBJECT:one   two", StringComparison.Ordinal), DkimOutcome.Pass, "");
        await ExpectAsync(fixture, signed.Replace("body", "bodi", StringComparison.Ordinal), DkimOutcome.Fail, "body has been changed");
    }

    [Fact]
    public async Task PartOfTheBody_IsNoPass_UnlessAllowed()
    {
        using var fixture = new SigningFixture();
        var signed = WithTags(fixture, "l=4", 4);
        await ExpectAsync(fixture, signed, DkimOutcome.Policy, "only a part of the body is signed");
        Assert.Equal(DkimOutcome.Pass, Assert.Single(await fixture.VerifyAsync(signed + "appended\n", allowsPartialBody: true)).Outcome);
        Assert.Equal(DkimOutcome.Policy, Assert.Single(await fixture.VerifyAsync(signed + "appended\n")).Outcome);

        await ExpectAsync(fixture, WithTags(fixture, "l=6", 6), DkimOutcome.Pass, "");
        await ExpectAsync(fixture, WithTags(fixture, "l=7", 7), DkimOutcome.PermError, "l= is more than there is");
    }

    [Fact]
    public async Task Times_AreJudgedWithSkew()
    {
        using var fixture = new SigningFixture();
        var signed = fixture.Sign(Message, SigningFixture.Form with { Lifetime = TimeSpan.FromHours(1) });
        await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");

        fixture.Time.SetClock(-DkimVerifier.ClockSkew);
        await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");
        fixture.Time.SetClock(TimeSpan.FromSeconds(-1));
        await ExpectAsync(fixture, signed, DkimOutcome.PermError, "signature is from the future");

        fixture.Time.SetClock(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1) + (2 * DkimVerifier.ClockSkew));
        await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");
        fixture.Time.SetClock(TimeSpan.FromSeconds(1));
        await ExpectAsync(fixture, signed, DkimOutcome.PermError, "signature has expired");
    }

    [Theory]
    [InlineData("v=2", "signature of an unknown version")]
    [InlineData("a=rsa-sha1", "unusable algorithm rsa-sha1")]
    [InlineData("a=rsa-md5", "unusable algorithm rsa-md5")]
    [InlineData("c=relaxed/strange", "unknown canonicalization relaxed/strange")]
    [InlineData("d=", "signature without d=")]
    [InlineData("h=To:Subject", "From is not signed")]
    [InlineData("q=dns/mx", "unknown query method dns/mx")]
    [InlineData("i=@example.net", "i= is not of the domain d=")]
    [InlineData("i=@badexample.com", "i= is not of the domain d=")]
    [InlineData("i=example.com", "i= is not of the domain d=")]
    [InlineData("l=-1", "malformed l=")]
    [InlineData("l=99999999999999999999", "malformed l=")]
    [InlineData("t=x", "malformed t= or x=")]
    [InlineData("x=1", "signature expires before it is made")]
    [InlineData("b=*", "signature is not base 64")]
    [InlineData("9=1", "malformed signature")]
    public async Task BadTag_IsPermanent(string tag, string reason)
    {
        using var fixture = new SigningFixture();
        await ExpectAsync(fixture, WithTag(fixture.Sign(Message), tag), DkimOutcome.PermError, reason);
    }

    [Fact]
    public async Task TagTwice_IsPermanent()
    {
        using var fixture = new SigningFixture();
        await ExpectAsync(fixture, fixture.Sign(Message).Replace("; a=", "; d=example.com; a=", StringComparison.Ordinal), DkimOutcome.PermError, "malformed signature");
    }

    [Theory]
    [InlineData("v=DKIM1; p=", "key is revoked")]
    [InlineData("v=DKIM2; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "malformed key record")]
    [InlineData("k=ed25519; v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "malformed key record")]
    [InlineData("v=DKIM1; k=ed25519", "malformed key record")]
    [InlineData("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS", "malformed key")]
    [InlineData("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", "malformed key")]
    [InlineData("v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "key is for another algorithm")]
    [InlineData("v=DKIM1; k=ed25519; h=sha1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "key is for other digests")]
    [InlineData("v=DKIM1; k=ed25519; s=tlsrpt; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "key is not for mail")]
    [InlineData("something else", "malformed key record")]
    public async Task UnusableKey_IsPermanent(string record, string reason)
    {
        using var fixture = new SigningFixture();
        var signed = fixture.Sign(Message);
        fixture.Publish(record);
        await ExpectAsync(fixture, signed, DkimOutcome.PermError, reason);
    }

    [Theory]
    [InlineData("k=ed25519; h=sha1 : sha256; s=* ; n=note; t= ; p=11qYAYKx CrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= ;")]
    [InlineData("v=DKIM1;k=ed25519;s=email;p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    public async Task UsableKey_IsUsed(string record)
    {
        using var fixture = new SigningFixture();
        var signed = fixture.Sign(Message);
        fixture.Publish(record);
        await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");
    }

    [Theory]
    [InlineData(512, "key is too short (512 bits)")]
    [InlineData(1023, "key is too short (1023 bits)")]
    public async Task ShortKey_IsNotGoodEnough(int bits, string reason)
    {
        using var fixture = new SigningFixture(1024);
        var signed = fixture.Sign(Message);
        fixture.Publish($"v=DKIM1; p={Convert.ToBase64String(MadeUpKey(bits))}");
        await ExpectAsync(fixture, signed, DkimOutcome.PermError, reason);
    }

    [Fact]
    public async Task GiantKey_IsNotComputedWith()
    {
        using var fixture = new SigningFixture(1024);
        var signed = fixture.Sign(Message);
        fixture.Publish($"v=DKIM1; p={Convert.ToBase64String(MadeUpKey(10_000))}");
        await ExpectAsync(fixture, signed, DkimOutcome.PermError, "key is too long (10000 bits)");
    }

    [Fact]
    public async Task NameService_MissingIsPermanent_TroubleIsNot()
    {
        using var fixture = new SigningFixture();
        var message = System.Text.Encoding.UTF8.GetBytes(fixture.Sign(Message));
        var missing = Assert.Single(await SigningFixture.VerifyAsync(message, new Zone(), fixture.Time, []));
        var troubled = Assert.Single(await SigningFixture.VerifyAsync(message, new Zone("s._domainkey.example.com TROUBLE"), fixture.Time, []));
        Assert.Equal((DkimOutcome.PermError, "no key"), (missing.Outcome, missing.Reason));
        Assert.Equal((DkimOutcome.TempError, "look-up of the key failed"), (troubled.Outcome, troubled.Reason));
    }

    [Fact]
    public async Task TestingKey_MakesAFailureNeutral()
    {
        using var fixture = new SigningFixture(recordTags: "t=y; ");
        var signed = fixture.Sign(Message);
        await ExpectAsync(fixture, signed, DkimOutcome.Pass, "");
        await ExpectAsync(fixture, signed + "more\n", DkimOutcome.Neutral, "body has been changed");
    }

    [Fact]
    public async Task StrictKey_IsForTheDomainItself()
    {
        using var fixture = new SigningFixture(recordTags: "t=s; ");
        await ExpectAsync(fixture, fixture.Sign(Message, SigningFixture.Form with { Identity = "x@example.com" }), DkimOutcome.Pass, "");
        await ExpectAsync(
            fixture, fixture.Sign(Message, SigningFixture.Form with { Identity = "x@sub.example.com" }), DkimOutcome.PermError, "key is for the domain itself only");
    }

    [Fact]
    public async Task Signatures_BeyondTheCap_AreNotLookedAt()
    {
        using var fixture = new SigningFixture();
        var signature = fixture.Sign(Message)[..^Message.Length];
        var results = await fixture.VerifyAsync(string.Concat(Enumerable.Repeat(signature, 1000)) + Message);
        Assert.Equal(DkimVerifier.MostSignatures, results.Count);
        Assert.Equal(DkimVerifier.MostSignatures, fixture.Zone.Asked.Count);
    }

    [Fact]
    public async Task Results_SayWhoseTheyAre()
    {
        using var fixture = new SigningFixture();
        var signed = fixture.Sign(Message, SigningFixture.Form with { Identity = "x@sub.example.com" });
        var result = Assert.Single(await fixture.VerifyAsync(signed));
        Assert.Equal(("example.com", "s", "x@sub.example.com", "ed25519-sha256"), (result.Domain, result.Selector, result.Identity, result.Algorithm));
        Assert.Equal(8, result.Tag.Length);
        Assert.Contains("b=" + result.Tag, signed, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenPrivateKeys_AreNone()
    {
        Assert.Null(Estafeta.Net.Signatures.SignatureKey.ReadPrivate("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"));
        Assert.Null(Estafeta.Net.Signatures.SignatureKey.ReadPrivate("no key"));
        using var rsa = RSA.Create(1024);
        Assert.Null(Estafeta.Net.Signatures.SignatureKey.ReadPrivate(rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 10))));
    }

    private static async Task ExpectAsync(SigningFixture fixture, string message, DkimOutcome outcome, string reason)
    {
        var result = Assert.Single(await fixture.VerifyAsync(message));
        Assert.Equal((outcome, reason), (result.Outcome, result.Reason));
    }

    // The signer has no l= of its own.
    private static string WithTags(SigningFixture fixture, string tag, long octets) =>
        fixture.Sign(Message, SigningFixture.Form with { FirstTag = "v=1; " + tag }, octets);

    private static string WithTag(string signed, string tag)
    {
        var name = tag[..(tag.IndexOf('=') + 1)];
        var end = signed.IndexOf("\nFrom:", StringComparison.Ordinal);
        var tags = signed["DKIM-Signature:".Length..end].Split(';').Select(t => t.Trim()).ToList();
        var at = tags.FindIndex(t => t.StartsWith(name, StringComparison.Ordinal));
        if (at >= 0)
        {
            tags[at] = tag;
        }
        else
        {
            tags.Add(tag);
        }

        return $"DKIM-Signature: {string.Join("; ", tags)}{signed[end..]}";
    }

    // RSAPublicKey with a modulus that is nobody's.
    private static byte[] MadeUpKey(int bits)
    {
        var modulus = new byte[(bits + 7) / 8];
        Array.Fill(modulus, (byte)0x5b);
        modulus[0] = (byte)(1 << ((bits - 1) % 8));
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(modulus);
            writer.WriteInteger(65537);
        }

        return writer.Encode();
    }
}
