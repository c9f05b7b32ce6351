using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Dkim;

/// <summary>Checks DKIM signatures (RFC 6376, 8301, 8463). Thread-safe; each message is a <see cref="DkimVerification"/>.</summary>
/// <param name="dns">The name service.</param>
/// <param name="time">The clock, for t= and x=.</param>
public sealed class DkimVerifier(DnsLookup dns, TimeProvider time)
{
    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Signatures that are looked at, from the top; each costs a look-up and a verification.</summary>
    public const int MostSignatures = 10;

    /// <summary>Signatures of less than the whole body (l=) pass, too.</summary>
    public bool AllowsPartialBody { get; init; }

    /// <summary>Reads the signatures and asks for their keys, all at once.</summary>
    public DkimVerification Begin(MessageHeaders headers, CancellationToken cancellationToken)
    {
        var verification = new DkimVerification(headers, AllowsPartialBody);
        var places = headers.Find(DkimSignature.Name);
        for (var i = 0; i < Math.Min(places.Count, MostSignatures); i++)
        {
            var field = headers.Fields[places[i]];
            if (DkimSignature.Parse(field, SignatureKind.Dkim, time.GetUtcNow(), ClockSkew, out var problem) is { } signature)
            {
                verification.Add(signature, DkimKeyRecord.FindAsync(dns, signature.Selector, signature.Domain, signature.IsRsa, cancellationToken));
            }
            else
            {
                verification.Add(Unreadable(field, problem));
            }
        }

        return verification;
    }

    // Who it claims to be of is worth saying even when nothing else holds.
    private static DkimResult Unreadable(HeaderField field, string problem)
    {
        var tags = DkimTagList.Parse(MessageHeaders.Text(field));
        return new DkimResult(DkimOutcome.PermError, (tags?.Compact("d") ?? "").ToLowerInvariant(), problem)
        {
            Selector = tags?.Compact("s") ?? "",
            Algorithm = tags?.Compact("a") ?? "",
        };
    }
}
