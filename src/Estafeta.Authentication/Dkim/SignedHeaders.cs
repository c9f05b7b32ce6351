using System.Buffers;
using System.Security.Cryptography;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Dkim;

/// <summary>The hash that a signature signs: the headers of h=, each name's from the bottom up, and the signature's own field (RFC 6376 §3.7, §5.4.2).</summary>
internal static class SignedHeaders
{
    /// <param name="headers">The message's.</param>
    /// <param name="names">h=; a name that is there more often than the header adds nothing.</param>
    /// <param name="isRelaxed">Canonicalization.</param>
    /// <param name="signature">The signature's field, with an empty b=.</param>
    public static byte[] Hash(MessageHeaders headers, IReadOnlyList<string> names, bool isRelaxed, HeaderField signature)
    {
        var data = new ArrayBufferWriter<byte>(4096);
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            var places = headers.Find(name);
            var count = taken.GetValueOrDefault(name);
            if (count < places.Count)
            {
                HeaderCanonicalization.Write(headers.Fields[places[^(count + 1)]], isRelaxed, data, endsLine: true);
                taken[name] = count + 1;
            }
        }

        HeaderCanonicalization.Write(signature, isRelaxed, data, endsLine: false);
        return SHA256.HashData(data.WrittenSpan);
    }
}
