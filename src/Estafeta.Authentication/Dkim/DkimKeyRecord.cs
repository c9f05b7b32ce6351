using Estafeta.Net.Dns;
using Estafeta.Net.Signatures;

namespace Estafeta.Authentication.Dkim;

/// <summary>What <c>selector._domainkey.domain</c> says (RFC 6376 §3.6.1).</summary>
internal sealed record DkimKeyRecord
{
    /// <summary>RFC 8301 §3.2, and a bound on what a stranger can make us compute.</summary>
    private const int FewestBits = 1024;
    private const int MostBits = 8192;

    /// <summary>Null where <see cref="Problem"/> says why.</summary>
    public SignatureKey? Key { get; init; }

    public string Problem { get; init; } = "";

    /// <summary>The problem is the name service's.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>t=y: the domain tries things out, and what fails is no failure.</summary>
    public bool IsTesting { get; init; }

    /// <summary>t=s: i= must be of the domain itself.</summary>
    public bool IsStrict { get; init; }

    public static async Task<DkimKeyRecord> FindAsync(DnsLookup dns, string selector, string domain, bool isRsa, CancellationToken cancellationToken)
    {
        var answer = await dns($"{selector}._domainkey.{domain}", DnsRecordType.TXT, cancellationToken);
        if (answer.Outcome == DnsOutcome.Trouble)
        {
            return new DkimKeyRecord { Problem = "look-up of the key failed", IsTemporary = true };
        }

        DkimKeyRecord? unusable = null;
        foreach (var record in answer.Records)
        {
            if (record is DnsTextRecord text)
            {
                var key = Parse(text.Text, isRsa);
                if (key.Key != null)
                {
                    return key;
                }

                unusable ??= key;
            }
        }

        return unusable ?? new DkimKeyRecord { Problem = "no key" };
    }

    public static DkimKeyRecord Parse(string text, bool isRsa)
    {
        if (DkimTagList.Parse(text) is not { } tags || tags["p"] == null || (tags["v"] is { } version && (version != "DKIM1" || tags.First != "v")))
        {
            return new DkimKeyRecord { Problem = "malformed key record" };
        }

        var flags = tags.Words("t") ?? [];
        var record = new DkimKeyRecord { IsTesting = flags.Contains("y"), IsStrict = flags.Contains("s") };
        if (tags["p"]!.Length == 0) // it is there
        {
            return record with { Problem = "key is revoked" };
        }

        if ((tags.Compact("k") ?? "rsa") != (isRsa ? "rsa" : "ed25519"))
        {
            return record with { Problem = "key is for another algorithm" };
        }

        if (tags.Words("h") is { } digests && !digests.Contains("sha256"))
        {
            return record with { Problem = "key is for other digests" };
        }

        if (tags.Words("s") is { } services && !services.Contains("*") && !services.Contains("email"))
        {
            return record with { Problem = "key is not for mail" };
        }

        return tags.TryReadOctets("p", out var octets) && (isRsa ? SignatureKey.ReadRsaPublic(octets) : SignatureKey.ReadEd25519Public(octets)) is { } key
            ? Judge(record, key)
            : record with { Problem = "malformed key" };
    }

    private static DkimKeyRecord Judge(DkimKeyRecord record, SignatureKey key)
    {
        if (!key.IsRsa || key.Bits is >= FewestBits and <= MostBits)
        {
            return record with { Key = key };
        }

        key.Dispose();
        return record with { Problem = key.Bits < FewestBits ? $"key is too short ({key.Bits} bits)" : $"key is too long ({key.Bits} bits)" };
    }
}
