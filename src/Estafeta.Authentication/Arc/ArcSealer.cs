using System.Globalization;
using System.Text;
using Estafeta.Authentication.Dkim;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Arc;

/// <summary>Adds a set of our own to a chain (RFC 8617 §5.1). Thread-safe.</summary>
public sealed class ArcSealer(DkimSigner signer)
{
    /// <param name="headers">The message's, in their final form.</param>
    /// <param name="bodyDigest">Of the body in its final form.</param>
    /// <param name="form">What the message signature covers.</param>
    /// <param name="results">What Authentication-Results says, from our name on; folded lines are welcome.</param>
    /// <param name="chain">What came with the message.</param>
    /// <param name="time">For t=.</param>
    /// <returns>The three headers with their line ends, for the top of the message; empty when the chain takes no more.</returns>
    public string Seal(MessageHeaders headers, byte[] bodyDigest, DkimSignatureForm form, string results, ArcResult chain, DateTimeOffset time)
    {
        var sets = ArcSet.Read(headers, out _) ?? [];
        var instance = sets.Count + 1;
        if (chain.IsClosed || chain.Outcome == ArcOutcome.TempError || instance > ArcSet.Most)
        {
            return "";
        }

        var number = string.Create(CultureInfo.InvariantCulture, $"i={instance}");
        var resultsHeader = $"{ArcSet.ResultsName}: {number}; {results}\n";
        var signature = signer.Sign(headers, bodyDigest, form with { HeaderName = ArcSet.MessageSignatureName, FirstTag = number, Identity = "", Lifetime = null }, time);
        var text = new FoldedTags(ArcSet.SealName);
        text.Add(number);
        text.Add($"a={signer.Algorithm}");
        text.Add($"d={signer.Domain}");
        text.Add($"s={signer.Selector}");
        text.Add(string.Create(CultureInfo.InvariantCulture, $"t={time.ToUnixTimeSeconds()}"));
        text.Add($"cv={chain.Word}");
        var seal = signer.Complete(text, own =>
        {
            var set = new ArcSet(Parse(resultsHeader), Parse(signature), own);
            return chain.Outcome == ArcOutcome.Fail ? ArcSeal.Hash([set], 1) : ArcSeal.Hash([.. sets, set], instance); // §5.1.2: of a failed chain only our own
        });
        return seal + signature + resultsHeader;
    }

    private static HeaderField Parse(string header) =>
        HeaderField.TryParse(Encoding.UTF8.GetBytes(header), out var field) ? field : throw new InvalidOperationException("a header of ours that is none");
}
