using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Tests.Authentication.Dkim;

namespace Estafeta.Tests.Authentication.Arc;

/// <summary>Chains made and checked (RFC 8617).</summary>
public sealed class ArcTests : IDisposable
{
    private const string Message = "From: a@example.com\nTo: b@example.net\nSubject: s\n\nbody\n";

    private readonly SigningFixture _keys = new();

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task NoChain_IsNone() => Assert.Equal(ArcResult.None, await VerifyAsync(Message));

    [Fact]
    public async Task Chain_OfSeveralSystems_Passes()
    {
        var message = Message;
        for (var i = 1; i <= 5; i++)
        {
            message = Seal(message, await VerifyAsync(message));
            Assert.Equal((ArcOutcome.Pass, i, ""), await VerifyAsync(message) is var r ? (r.Outcome, r.Sets, r.Reason) : default);
            Assert.StartsWith($"ARC-Seal: i={i}; a=ed25519-sha256; d=example.com; s=s; t=", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Chain_CutAnywhere_Passes()
    {
        var message = Encoding.UTF8.GetBytes(Seal(Message, ArcResult.None));
        for (var cut = 0; cut < message.Length; cut++)
        {
            Assert.Equal(ArcOutcome.Pass, (await VerifyAsync(message, cut)).Outcome);
        }
    }

    [Fact]
    public async Task BodyChangedBehindTheSeal_Fails_AndTheNextSealSaysSo()
    {
        var changed = Seal(Message, ArcResult.None) + "footer\n";
        var result = await VerifyAsync(changed);
        Assert.Equal((ArcOutcome.Fail, "ARC-Message-Signature: body has been changed", false), (result.Outcome, result.Reason, result.IsClosed));

        var sealed2 = Seal(changed, result);
        Assert.Contains("cv=fail", sealed2, StringComparison.Ordinal);
        var closed = await VerifyAsync(sealed2);
        Assert.Equal((ArcOutcome.Fail, true), (closed.Outcome, closed.IsClosed));
        Assert.Equal(sealed2, Seal(sealed2, closed));
    }

    [Fact]
    public async Task BodyChangedWithinTheChain_IsForgiven_WhenItIsSealedAgain()
    {
        // A list: it checks the chain, adds its footer, and seals.
        var first = Seal(Message, ArcResult.None);
        var verified = await VerifyAsync(first);
        Assert.Equal(ArcOutcome.Pass, (await VerifyAsync(Seal(first + "footer\n", verified))).Outcome);
    }

    [Theory]
    [InlineData("spf=pass", "spf=fail", "ARC-Seal 1 does not fit")]
    [InlineData("Subject: s", "Subject: t", "ARC-Message-Signature does not fit the headers")]
    [InlineData("cv=none", "cv=pass", "cv=pass in ARC-Seal 1")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: i=2;", "ARC set 1 is not complete")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: i=0;", "an ARC header without a valid number, or the same twice")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: h=from; i=1;", "malformed ARC-Seal 1")]
    [InlineData("ARC-Authentication-Results: i=1;", "ARC-Authentication-Results: ", "an ARC header without a valid number, or the same twice")]
    [InlineData("ARC-Authentication-Results:", "X-Results:", "ARC set 1 is not complete")]
    public async Task ChangedChain_Fails(string old, string replacement, string reason)
    {
        var message = Seal(Message, ArcResult.None);
        Assert.Contains(old, message, StringComparison.Ordinal);
        var result = await VerifyAsync(message.Replace(old, replacement, StringComparison.Ordinal));
        Assert.Equal((ArcOutcome.Fail, reason), (result.Outcome, result.Reason));
    }

    [Fact]
    public async Task NameServiceInTrouble_IsTemporary_AndNotSealed()
    {
        var message = Seal(Message, ArcResult.None);
        var collector = Split(message);
        using var verification = ArcVerification.Begin(collector.Headers, new Zone("s._domainkey.example.com TROUBLE").Lookup, _keys.Time, CancellationToken.None);
        verification.WriteBody(collector.Body);
        var result = await verification.FinishAsync();
        Assert.Equal(ArcOutcome.TempError, result.Outcome);
        Assert.Equal(message, Seal(message, result));
    }

    [Fact]
    public async Task LongChain_IsNoChain()
    {
        var many = new StringBuilder();
        for (var i = 1; i <= 51; i++)
        {
            many.Append($"ARC-Seal: i={i}; cv=pass\nARC-Message-Signature: i={i}\nARC-Authentication-Results: i={i}; x\n");
        }

        var result = await VerifyAsync(many + Message);
        Assert.Equal((ArcOutcome.Fail, "more than 50 ARC sets"), (result.Outcome, result.Reason));
        Assert.Empty(_keys.Zone.Asked);
    }

    private static (MessageHeaders Headers, byte[] Body) Split(string message) => SigningFixture.Split(message);

    private string Seal(string message, ArcResult chain)
    {
        var (headers, body) = Split(message);
        using var hash = new BodyHash(true);
        hash.Write(body);
        return new ArcSealer(_keys.Signer).Seal(headers, hash.Finish(), SigningFixture.Form, "mx.example.com;\n\tspf=pass smtp.mailfrom=example.com", chain, _keys.Time.GetUtcNow()) + message;
    }

    private Task<ArcResult> VerifyAsync(string message) => VerifyAsync(Encoding.UTF8.GetBytes(message), 0);

    private async Task<ArcResult> VerifyAsync(byte[] message, int cut)
    {
        var collector = new HeaderCollector();
        ArcVerification? verification = null;
        foreach (var part in (ReadOnlyMemory<byte>[])[message.AsMemory(0, cut), message.AsMemory(cut)])
        {
            var piece = part;
            if (verification == null && collector.Read(ref piece, false) is { } headers)
            {
                verification = ArcVerification.Begin(headers, _keys.Zone.Lookup, _keys.Time, CancellationToken.None);
            }

            verification?.WriteBody(piece.Span);
        }

        using (verification)
        {
            return await verification!.FinishAsync();
        }
    }
}
