using System.Globalization;
using Estafeta.Authentication.Dkim;

namespace Estafeta.Authentication.Arc;

/// <summary>
/// Checks the chain of a message (RFC 8617 §5.2): the last message signature, which says that the content is as the last system sent it, and every seal.
/// The keys are asked for at once, the body streams by.
/// </summary>
public sealed class ArcVerification : IDisposable
{
    private readonly MessageHeaders _headers;
    private readonly IReadOnlyList<ArcSet> _sets;
    private readonly List<(ArcSeal Seal, Task<DkimKeyRecord> Key)> _seals = [];
    private readonly BodyHashes _bodies = new();
    private DkimSignature? _signature;
    private Task<DkimKeyRecord>? _signatureKey;
    private ArcResult? _result;

    private ArcVerification(MessageHeaders headers, IReadOnlyList<ArcSet> sets)
    {
        _headers = headers;
        _sets = sets;
    }

    public static ArcVerification Begin(MessageHeaders headers, DnsLookup dns, TimeProvider time, CancellationToken cancellationToken)
    {
        var sets = ArcSet.Read(headers, out var problem);
        var verification = new ArcVerification(headers, sets ?? []);
        verification._result = sets == null ? new ArcResult(ArcOutcome.Fail, 0, problem) { IsClosed = true }
            : sets.Count == 0 ? ArcResult.None
            : verification.Start(dns, time, cancellationToken);
        return verification;
    }

    /// <summary>The keys that are being asked for.</summary>
    internal IEnumerable<Task> Lookups => _seals.Select(s => (Task)s.Key).Append(_signatureKey ?? Task.CompletedTask);

    public void WriteBody(ReadOnlySpan<byte> body) => _bodies.Write(body);

    /// <summary>After the body, once.</summary>
    public async ValueTask<ArcResult> FinishAsync()
    {
        _bodies.Finish();
        if (_result != null)
        {
            return _result;
        }

        var signatureKey = await _signatureKey!; // Start had no result, so it began this
        var problem = await FindSealProblemAsync();
        using (signatureKey.Key)
        {
            problem ??= FindProblem(_signature!, signatureKey); // likewise
        }

        var domain = _seals[^1].Seal.Domain;
        return problem is { } found
            ? new ArcResult(found.IsTemporary ? ArcOutcome.TempError : ArcOutcome.Fail, _sets.Count, found.Reason) { Domain = domain }
            : new ArcResult(ArcOutcome.Pass, _sets.Count, "") { Domain = domain };
    }

    public void Dispose() => _bodies.Dispose();

    // The result when there is one without keys.
    private ArcResult? Start(DnsLookup dns, TimeProvider time, CancellationToken cancellationToken)
    {
        var seals = _sets.Select(s => ArcSeal.Parse(s.Seal)).ToList();
        for (var i = 0; i < seals.Count; i++)
        {
            if (seals[i] is not { } seal)
            {
                return Fail(string.Create(CultureInfo.InvariantCulture, $"malformed ARC-Seal {i + 1}"));
            }

            if (seal.ChainStatus != (i == 0 ? "none" : "pass"))
            {
                return Fail(string.Create(CultureInfo.InvariantCulture, $"cv={seal.ChainStatus} in ARC-Seal {i + 1}")) with
                {
                    Domain = seal.Domain,
                    IsClosed = i == seals.Count - 1 && seal.ChainStatus == "fail",
                };
            }
        }

        if (DkimSignature.Parse(_sets[^1].MessageSignature, SignatureKind.Arc, time.GetUtcNow(), DkimVerifier.ClockSkew, out var problem) is not { } signature)
        {
            return Fail(problem);
        }

        _signature = signature;
        _signatureKey = DkimKeyRecord.FindAsync(dns, signature.Selector, signature.Domain, signature.IsRsa, cancellationToken);
        _bodies.Add(signature.HasRelaxedBody, signature.BodyOctets);
        foreach (var seal in seals)
        {
            _seals.Add((seal!, DkimKeyRecord.FindAsync(dns, seal!.Selector, seal.Domain, seal.IsRsa, cancellationToken))); // looked at above
        }

        return null;
    }

    private ArcResult Fail(string reason) => new(ArcOutcome.Fail, _sets.Count, reason);

    private (string Reason, bool IsTemporary)? FindProblem(DkimSignature signature, DkimKeyRecord record)
    {
        if (record.Key is not { } key)
        {
            return ($"{ArcSet.MessageSignatureName}: {record.Problem}", record.IsTemporary);
        }

        var (digest, octets) = _bodies.Find(signature.HasRelaxedBody, signature.BodyOctets);
        if (signature.BodyOctets != null && signature.BodyOctets != octets)
        {
            return ($"{ArcSet.MessageSignatureName}: not all of the body is signed", false);
        }

        if (!digest.AsSpan().SequenceEqual(signature.BodyDigest))
        {
            return ($"{ArcSet.MessageSignatureName}: body has been changed", false);
        }

        var hash = SignedHeaders.Hash(_headers, signature.SignedHeaders, signature.HasRelaxedHeader, HeaderCanonicalization.WithoutSignature(signature.Field));
        return key.VerifyHash(hash, signature.Signature) ? null : ($"{ArcSet.MessageSignatureName} does not fit the headers", false);
    }

    private async ValueTask<(string Reason, bool IsTemporary)?> FindSealProblemAsync()
    {
        (string Reason, bool IsTemporary)? problem = null;
        for (var i = _seals.Count - 1; i >= 0; i--)
        {
            var (seal, lookup) = _seals[i];
            var record = await lookup; // also of those behind a problem: they have begun
            using (record.Key)
            {
                problem ??= record.Key == null ? (string.Create(CultureInfo.InvariantCulture, $"ARC-Seal {i + 1}: {record.Problem}"), record.IsTemporary)
                    : !record.Key.VerifyHash(ArcSeal.Hash(_sets, i + 1), seal.Signature) ? (string.Create(CultureInfo.InvariantCulture, $"ARC-Seal {i + 1} does not fit"), false)
                    : null;
            }
        }

        return problem;
    }
}
