using Estafeta.Net.Signatures;

namespace Estafeta.Authentication.Dkim.Signing;

/// <summary>A value of opendkim's KeyTable: <c>domain:selector:key</c>. The key is a path, or itself PEM or base 64; <c>%</c> stands for the author's domain.</summary>
public sealed record KeyEntry(string Domain, string Selector, string Key)
{
    private const string Author = "%";

    /// <summary>It is a different key, or another domain, for every author.</summary>
    public bool DependsOnAuthor => Domain == Author || (IsPath && Key.Contains('%', StringComparison.Ordinal));

    private bool IsPath => Key.StartsWith('/') || Key.StartsWith("./", StringComparison.Ordinal) || Key.StartsWith("../", StringComparison.Ordinal);

    /// <returns>Null for what is no entry.</returns>
    public static KeyEntry? Parse(string value) =>
        value.Split(':', 3) is [{ Length: > 0 } domain, { Length: > 0 } selector, { Length: > 0 } key] ? new KeyEntry(domain.Trim(), selector.Trim(), key.Trim()) : null;

    /// <summary>Throws <see cref="InvalidDataException"/> for what is no usable key, <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/> for its file.</summary>
    /// <param name="authorDomain">Stands in the place of <c>%</c>.</param>
    public DkimSigner Open(string authorDomain)
    {
        var path = Key.Replace(Author, authorDomain, StringComparison.Ordinal);
        var text = IsPath ? File.ReadAllText(path) : Key;
        var key = SignatureKey.ReadPrivate(text)
            ?? throw new InvalidDataException($"{(IsPath ? path : $"key of {Domain}")}: no RSA or Ed25519 private key without passphrase");
        return new DkimSigner(Domain == Author ? authorDomain : Domain, Selector, key);
    }
}
