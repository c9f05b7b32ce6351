using System.Globalization;
using Estafeta.Configuration.Domains;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Dkim;

/// <summary>
/// A DKIM-Signature (RFC 6376 §3.5), or with <see cref="Kind"/> an ARC-Message-Signature (RFC 8617 §4.1.2), read and found well-formed: everything that can be
/// said without its key.
/// </summary>
internal sealed record DkimSignature
{
    public const string Name = "DKIM-Signature";

    public required HeaderField Field { get; init; }

    public required DkimTagList Tags { get; init; }

    public required bool IsRsa { get; init; }

    public required byte[] Signature { get; init; }

    public required byte[] BodyDigest { get; init; }

    public required bool HasRelaxedHeader { get; init; }

    public required bool HasRelaxedBody { get; init; }

    public required IReadOnlyList<string> SignedHeaders { get; init; }

    public required string Domain { get; init; }

    public required string Selector { get; init; }

    /// <summary>i=, or its default; empty in ARC, where the tag is another.</summary>
    public string Identity { get; init; } = "";

    /// <summary>l=; null when all of the body is signed.</summary>
    public long? BodyOctets { get; init; }

    public string Algorithm => IsRsa ? "rsa-sha256" : "ed25519-sha256";

    /// <returns>Null where <paramref name="problem"/> says what is wrong.</returns>
    public static DkimSignature? Parse(HeaderField field, SignatureKind kind, DateTimeOffset now, TimeSpan skew, out string problem)
    {
        var tags = DkimTagList.Parse(MessageHeaders.Text(field));
        problem = tags == null ? "malformed signature" : FindProblem(tags, kind, now, skew) ?? "";
        if (problem.Length > 0)
        {
            return null;
        }

        var canonicalization = (tags!.Compact("c") ?? "simple").Split('/'); // no problem, so there are tags
        tags.TryReadOctets("b", out var signature);
        tags.TryReadOctets("bh", out var digest);
        var given = tags.Compact("d")!; // FindProblem saw it
        var domain = (InternationalDomain.ToAscii(given) ?? given).ToLowerInvariant();
        return new DkimSignature
        {
            Field = field,
            Tags = tags,
            IsRsa = tags.Compact("a") == "rsa-sha256",
            Signature = signature,
            BodyDigest = digest,
            HasRelaxedHeader = canonicalization[0] == "relaxed",
            HasRelaxedBody = canonicalization is [_, "relaxed"],
            SignedHeaders = tags.Words("h")!, // likewise
            Domain = domain,
            Selector = tags.Compact("s")!, // likewise
            Identity = kind == SignatureKind.Arc ? "" : tags.Compact("i") ?? "@" + domain,
            BodyOctets = tags.Compact("l") is { } l ? long.Parse(l, CultureInfo.InvariantCulture) : null,
        };
    }

    private static string? FindProblem(DkimTagList tags, SignatureKind kind, DateTimeOffset now, TimeSpan skew)
    {
        foreach (var name in (ReadOnlySpan<string>)["a", "b", "bh", "d", "h", "s"])
        {
            if (string.IsNullOrEmpty(tags[name]))
            {
                return $"signature without {name}=";
            }
        }

        if (kind == SignatureKind.Dkim ? tags["v"] != "1" : tags["v"] != null)
        {
            return "signature of an unknown version";
        }

        if (tags.Compact("a") is not ("rsa-sha256" or "ed25519-sha256"))
        {
            return $"unusable algorithm {tags.Compact("a")}"; // RFC 8301: rsa-sha1 is one of them
        }

        if (!tags.TryReadOctets("b", out _) || !tags.TryReadOctets("bh", out _))
        {
            return "signature is not base 64";
        }

        if ((tags.Compact("c") ?? "simple") is not ("simple" or "relaxed" or "simple/simple" or "simple/relaxed" or "relaxed/simple" or "relaxed/relaxed"))
        {
            return $"unknown canonicalization {tags.Compact("c")}";
        }

        if (tags.Words("q") is { } methods && !methods.Contains("dns/txt"))
        {
            return $"unknown query method {tags.Compact("q")}";
        }

        if (tags.Compact("l") is { } l && (l.Length > 18 || l.Length == 0 || l.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0))
        {
            return "malformed l=";
        }

        return FindHeaderProblem(tags, kind) ?? FindTimeProblem(tags, now, skew);
    }

    private static string? FindHeaderProblem(DkimTagList tags, SignatureKind kind)
    {
        var signed = tags.Words("h")!; // it is there
        if (!signed.Contains("from", StringComparer.OrdinalIgnoreCase))
        {
            return "From is not signed";
        }

        if (kind == SignatureKind.Arc)
        {
            return signed.Contains("arc-seal", StringComparer.OrdinalIgnoreCase) ? "ARC-Seal is signed" : null;
        }

        // The identity is of the signing domain, or below it.
        if (tags.Compact("i") is { } identity)
        {
            var domain = tags.Compact("d")!; // it is there
            var at = identity.LastIndexOf('@');
            var own = identity[(at + 1)..];
            if (at < 0 || !(own.Equals(domain, StringComparison.OrdinalIgnoreCase) || own.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase)))
            {
                return "i= is not of the domain d=";
            }
        }

        return null;
    }

    private static string? FindTimeProblem(DkimTagList tags, DateTimeOffset now, TimeSpan skew)
    {
        if (!TryReadTime(tags, "t", out var made) || !TryReadTime(tags, "x", out var expires))
        {
            return "malformed t= or x=";
        }

        return made != null && expires <= made ? "signature expires before it is made"
            : made > (now + skew).ToUnixTimeSeconds() ? "signature is from the future"
            : expires < (now - skew).ToUnixTimeSeconds() ? "signature has expired"
            : null;
    }

    private static bool TryReadTime(DkimTagList tags, string name, out long? seconds)
    {
        seconds = null;
        if (tags.Compact(name) is not { } text)
        {
            return true;
        }

        if (text.Length is 0 or > 12 || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        seconds = number;
        return true;
    }
}

internal enum SignatureKind
{
    Dkim,
    Arc,
}
