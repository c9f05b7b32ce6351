using Estafeta.Tables.Files;

namespace Estafeta.Net.Tls;

/// <summary>
/// Which versions of its files a context was made from. A file that is away, or out of sight since root was given up, has not changed:
/// nothing better could be loaded.
/// </summary>
internal sealed class TlsFileStamps
{
    private readonly FileStamp?[] _stamps;

    private TlsFileStamps(FileStamp?[] stamps) => _stamps = stamps;

    public static TlsFileStamps Take(TlsContextOptions options) =>
        new([.. options.Files.Select(file => FileStamp.TryRead(file, out var stamp) ? stamp : (FileStamp?)null)]);

    /// <param name="now">Of the same options.</param>
    public bool IsOutdatedBy(TlsFileStamps now)
    {
        for (var i = 0; i < _stamps.Length; i++)
        {
            if (now._stamps[i] is { } current && current != _stamps[i])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is known after a later look: files out of sight keep their version.</summary>
    public TlsFileStamps UpdatedBy(TlsFileStamps now) => new([.. now._stamps.Zip(_stamps, (current, known) => current ?? known)]);
}
