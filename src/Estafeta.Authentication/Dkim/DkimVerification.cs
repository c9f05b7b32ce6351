namespace Estafeta.Authentication.Dkim;

/// <summary>The signatures of one message: the body streams by, in the end their keys are there. Bodies are hashed once for all signatures that see them alike.</summary>
public sealed class DkimVerification : IDisposable
{
    private const int TagLength = 8;

    private readonly MessageHeaders _headers;
    private readonly bool _allowsPartialBody;
    private readonly List<DkimResult?> _results = [];
    private readonly List<(int Place, DkimSignature Signature, Task<DkimKeyRecord> Key)> _pending = [];
    private readonly BodyHashes _bodies = new();

    internal DkimVerification(MessageHeaders headers, bool allowsPartialBody)
    {
        _headers = headers;
        _allowsPartialBody = allowsPartialBody;
    }

    /// <summary>The keys that are being asked for.</summary>
    internal IEnumerable<Task> Lookups => _pending.Select(p => p.Key);

    public void WriteBody(ReadOnlySpan<byte> body) => _bodies.Write(body);

    /// <summary>The results, in the order of the signatures. After the body, once.</summary>
    public async ValueTask<IReadOnlyList<DkimResult>> FinishAsync()
    {
        _bodies.Finish();
        foreach (var (place, signature, lookup) in _pending)
        {
            var key = await lookup;
            using (key.Key)
            {
                _results[place] = Judge(signature, key);
            }
        }

        return [.. _results.Select(r => r!)]; // each has its result now
    }

    public void Dispose() => _bodies.Dispose();

    internal void Add(DkimSignature signature, Task<DkimKeyRecord> key)
    {
        _bodies.Add(signature.HasRelaxedBody, signature.BodyOctets);
        _pending.Add((_results.Count, signature, key));
        _results.Add(null);
    }

    internal void Add(DkimResult result) => _results.Add(result);

    private DkimResult Judge(DkimSignature signature, DkimKeyRecord key)
    {
        var (outcome, reason) = Verify(signature, key);
        var b = signature.Tags.Compact("b")!; // parsed
        return new DkimResult(key.IsTesting && outcome == DkimOutcome.Fail ? DkimOutcome.Neutral : outcome, signature.Domain, reason)
        {
            Selector = signature.Selector,
            Identity = signature.Identity,
            Algorithm = signature.Algorithm,
            Tag = b[..Math.Min(b.Length, TagLength)],
            IsTesting = key.IsTesting,
        };
    }

    private (DkimOutcome Outcome, string Reason) Verify(DkimSignature signature, DkimKeyRecord record)
    {
        if (record.Key is not { } key)
        {
            return (record.IsTemporary ? DkimOutcome.TempError : DkimOutcome.PermError, record.Problem);
        }

        if (record.IsStrict && !signature.Identity[(signature.Identity.LastIndexOf('@') + 1)..].Equals(signature.Domain, StringComparison.OrdinalIgnoreCase))
        {
            return (DkimOutcome.PermError, "key is for the domain itself only");
        }

        var (digest, octets) = _bodies.Find(signature.HasRelaxedBody, signature.BodyOctets);
        if (signature.BodyOctets > octets)
        {
            return (DkimOutcome.PermError, "l= is more than there is");
        }

        if (!digest.AsSpan().SequenceEqual(signature.BodyDigest))
        {
            return (DkimOutcome.Fail, "body has been changed");
        }

        var hash = SignedHeaders.Hash(_headers, signature.SignedHeaders, signature.HasRelaxedHeader, HeaderCanonicalization.WithoutSignature(signature.Field));
        return !key.VerifyHash(hash, signature.Signature) ? (DkimOutcome.Fail, "signature does not fit the headers")
            : signature.BodyOctets < octets && !_allowsPartialBody ? (DkimOutcome.Policy, "only a part of the body is signed")
            : (DkimOutcome.Pass, "");
    }
}
