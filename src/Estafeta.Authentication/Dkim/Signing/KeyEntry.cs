using Estafeta.Net.Signatures;

namespace Estafeta.Authentication.Dkim.Signing;

/// <summary>A value of opendkim's KeyTable: <c>domain:selector:key</c>. The key is a path, or itself PEM or base 64; <c>%</c> stands for the author's domain.</summary>
public sealed record KeyEntry(string Domain, string Selector, string Key)
{
    private const string Author = "%";

    /// <summary>The file depends on the author: it cannot be read before there is one.</summary>
    public bool HasFileForEachAuthor => IsPath && Key.Contains(Author, StringComparison.Ordinal);

    private bool IsPath => Key.StartsWith('/') || Key.StartsWith("./", StringComparison.Ordinal) || Key.StartsWith("../", StringComparison.Ordinal);

    /// <returns>Null for what is no entry.</returns>
    public static KeyEntry? Parse(string value) =>
        value.Split(':', 3) is [{ Length: > 0 } domain, { Length: > 0 } selector, { Length: > 0 } key] ? new KeyEntry(domain.Trim(), selector.Trim(), key.Trim()) : null;

    public string DomainFor(string authorDomain) => Domain == Author ? authorDomain : Domain;

    /// <summary>The path, or the key itself.</summary>
    public string SourceFor(string authorDomain) => IsPath ? Key.Replace(Author, authorDomain, StringComparison.Ordinal) : Key;

    /// <summary>Throws <see cref="InvalidDataException"/> for what is no usable key, <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/> for its file.</summary>
    /// <param name="source">Of <see cref="SourceFor"/>.</param>
    public SignatureKey Open(string source) => SignatureKey.ReadPrivate(IsPath ? File.ReadAllText(source) : source)
        ?? throw new InvalidDataException($"{(IsPath ? source : $"key of {Domain}")}: no RSA or Ed25519 private key without passphrase");
}
