namespace Estafeta.Authentication.Dkim;

/// <summary>The hashes of one body that signatures of a message ask for: one for each way of looking at it.</summary>
internal sealed class BodyHashes : IDisposable
{
    private readonly List<(BodyHash Hash, byte[] Digest)> _hashes = [];

    public void Add(bool isRelaxed, long? limit)
    {
        if (!_hashes.Exists(h => h.Hash.IsRelaxed == isRelaxed && h.Hash.Limit == limit))
        {
            _hashes.Add((new BodyHash(isRelaxed, limit), []));
        }
    }

    public void Write(ReadOnlySpan<byte> body)
    {
        foreach (var (hash, _) in _hashes)
        {
            hash.Write(body);
        }
    }

    public void Finish()
    {
        for (var i = 0; i < _hashes.Count; i++)
        {
            _hashes[i] = (_hashes[i].Hash, _hashes[i].Hash.Finish());
        }
    }

    /// <summary>Of one that was added, after <see cref="Finish"/>.</summary>
    public (byte[] Digest, long Octets) Find(bool isRelaxed, long? limit)
    {
        var found = _hashes.Find(h => h.Hash.IsRelaxed == isRelaxed && h.Hash.Limit == limit);
        return (found.Digest, found.Hash.Octets);
    }

    public void Dispose() => _hashes.ForEach(static h => h.Hash.Dispose());
}
