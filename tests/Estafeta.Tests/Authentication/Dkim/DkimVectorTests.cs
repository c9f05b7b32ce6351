using Estafeta.Authentication.Dkim;

namespace Estafeta.Tests.Authentication.Dkim;

/// <summary>The signed messages of the RFCs: whole, cut at every byte, and with every octet changed.</summary>
public sealed class DkimVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Authentication/Dkim");

    [Theory]
    [InlineData("rfc8463.eml", 2)]
    [InlineData("rfc6376.eml", 1)]
    public async Task Vector_Passes(string file, int signatures)
    {
        var results = await SigningFixture.VerifyAsync(Message(file), Keys(), new ManualTime(), []);
        Assert.Equal(signatures, results.Count);
        Assert.All(results, r => Assert.Equal((DkimOutcome.Pass, ""), (r.Outcome, r.Reason)));
    }

    [Fact]
    public async Task Vector_CutAnywhere_Passes()
    {
        var message = Message("rfc8463.eml");
        for (var cut = 1; cut < message.Length; cut++)
        {
            var results = await SigningFixture.VerifyAsync(message, Keys(), new ManualTime(), [cut]);
            Assert.All(results, r => Assert.Equal(DkimOutcome.Pass, r.Outcome));
        }
    }

    [Fact]
    public async Task Vector_ThatEndsAnywhere_NeverPasses()
    {
        var message = Message("rfc8463.eml");
        for (var length = 0; length < message.Length - 1; length++)
        {
            var results = await SigningFixture.VerifyAsync(message[..length], Keys(), new ManualTime(), []);
            Assert.DoesNotContain(results, r => r.Outcome == DkimOutcome.Pass);
        }
    }

    [Fact]
    public async Task Vector_WithAnySignedOctetChanged_Fails()
    {
        var message = Message("rfc8463.eml");
        var start = message.AsSpan().IndexOf("From: Joe"u8);
        for (var i = start; i < message.Length - 1; i++)
        {
            var changed = message.ToArray();
            changed[i] ^= 0x01;
            if (changed[i] is (byte)' ' or (byte)'\n' or (byte)'\t' || message[i] is (byte)' ' or (byte)'\n')
            {
                continue; // relaxed
            }

            var results = await SigningFixture.VerifyAsync(changed, Keys(), new ManualTime(), []);
            Assert.DoesNotContain(results, r => r.Outcome == DkimOutcome.Pass);
        }
    }

    internal static byte[] Message(string file) => File.ReadAllBytes(Path.Combine(Folder, file));

    private static Zone Keys() => new([.. File.ReadLines(Path.Combine(Folder, "keys.txt")).Where(l => !l.StartsWith('#'))]);
}
