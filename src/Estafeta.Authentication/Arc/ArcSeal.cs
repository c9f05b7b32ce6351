using System.Buffers;
using System.Security.Cryptography;
using Estafeta.Authentication.Dkim;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Arc;

/// <summary>An ARC-Seal (RFC 8617 §4.1.3): a signature over the sets so far, its own included.</summary>
internal sealed record ArcSeal(string Domain, string Selector, bool IsRsa, byte[] Signature, string ChainStatus)
{
    /// <returns>Null for what is no seal.</returns>
    public static ArcSeal? Parse(HeaderField field)
    {
        var tags = DkimTagList.Parse(MessageHeaders.Text(field));
        return tags?.Compact("a") is "rsa-sha256" or "ed25519-sha256"
            && tags["h"] == null // §4.1.3: must not be there
            && tags.TryReadOctets("b", out var signature)
            && tags.Compact("d") is { Length: > 0 } domain
            && tags.Compact("s") is { Length: > 0 } selector
            && tags.Compact("cv") is { } status
            ? new ArcSeal(domain.ToLowerInvariant(), selector, tags.Compact("a") == "rsa-sha256", signature, status)
            : null;
    }

    /// <summary>The hash that the seal of the last of these sets signs: results, message signature and seal of each, relaxed.</summary>
    public static byte[] Hash(IReadOnlyList<ArcSet> sets, int count)
    {
        var data = new ArrayBufferWriter<byte>(4096);
        for (var i = 0; i < count; i++)
        {
            HeaderCanonicalization.Write(sets[i].Results, true, data, endsLine: true);
            HeaderCanonicalization.Write(sets[i].MessageSignature, true, data, endsLine: true);
            var isLast = i == count - 1;
            HeaderCanonicalization.Write(isLast ? HeaderCanonicalization.WithoutSignature(sets[i].Seal) : sets[i].Seal, true, data, endsLine: !isLast);
        }

        return SHA256.HashData(data.WrittenSpan);
    }
}
