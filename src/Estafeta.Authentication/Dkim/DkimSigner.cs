using System.Globalization;
using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Net.Signatures;

namespace Estafeta.Authentication.Dkim;

/// <summary>Makes DKIM-Signature headers (RFC 6376 §5), and ARC-Message-Signature headers, whose form is the same. Thread-safe.</summary>
/// <param name="domain">d=.</param>
/// <param name="selector">s=.</param>
/// <param name="key">Private.</param>
public sealed class DkimSigner(string domain, string selector, SignatureKey key)
{
    public string Domain => domain;

    public string Selector => selector;

    public SignatureKey Key => key;

    public string Algorithm => key.IsRsa ? "rsa-sha256" : "ed25519-sha256";

    /// <param name="headers">The message's, in their final form.</param>
    /// <param name="bodyDigest">Of the body in its final form, canonicalised as the form says.</param>
    /// <param name="form">What to sign, and how.</param>
    /// <param name="time">For t=.</param>
    /// <returns>The header, folded, with its line end.</returns>
    public string Sign(MessageHeaders headers, byte[] bodyDigest, DkimSignatureForm form, DateTimeOffset time)
    {
        var names = form.Select(headers);
        var text = new FoldedTags(form.HeaderName);
        text.Add(form.FirstTag);
        text.Add($"a={Algorithm}");
        text.Add($"c={(form.IsHeaderRelaxed ? "relaxed" : "simple")}/{(form.IsBodyRelaxed ? "relaxed" : "simple")}");
        text.Add($"d={domain}");
        text.Add($"s={selector}");
        if (form.Identity.Length > 0)
        {
            text.Add($"i={form.Identity}");
        }

        text.Add(string.Create(CultureInfo.InvariantCulture, $"t={time.ToUnixTimeSeconds()}"));
        if (form.Lifetime is { } lifetime)
        {
            text.Add(string.Create(CultureInfo.InvariantCulture, $"x={(time + lifetime).ToUnixTimeSeconds()}"));
        }

        text.AddList("h=", names, ':');
        text.Add($"bh={Convert.ToBase64String(bodyDigest)}");
        return Complete(text, field => SignedHeaders.Hash(headers, names, form.IsHeaderRelaxed, field));
    }

    /// <summary>Adds <c>b=</c> over whatever the hash is of.</summary>
    internal string Complete(FoldedTags text, Func<HeaderField, byte[]> hash)
    {
        text.Add("b=", isLast: true);
        if (!HeaderField.TryParse(Encoding.UTF8.GetBytes(text.ToString()), out var field))
        {
            throw new InvalidOperationException("a header of ours that is none");
        }

        text.AddPieces(Convert.ToBase64String(key.SignHash(hash(field))));
        return text + "\n";
    }
}
