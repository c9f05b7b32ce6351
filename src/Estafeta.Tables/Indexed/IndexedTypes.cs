using Estafeta.Tables.BerkeleyDb;
using Estafeta.Tables.Cdb;
using Estafeta.Tables.Files;
using Estafeta.Tables.Lmdb;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// Which file each indexed type is kept in. <c>hash:x</c> and <c>btree:x</c> live in <c>x.db</c> as an earlier Postfix wrote it or in <c>x.lmdb</c> as
/// our postmap writes it: the newer one wins, so an installation moves over table by table.
/// </summary>
public static class IndexedTypes
{
    internal const string LmdbSuffix = ".lmdb";
    internal const string CdbSuffix = ".cdb";
    internal const string BerkeleySuffix = ".db";

    /// <summary>The file that a look-up in the table would read, or would miss; null for types that are not kept in files of postmap's.</summary>
    public static string? FindFile(string type, string source)
    {
        string[] suffixes = type switch
        {
            "lmdb" => [LmdbSuffix],
            "cdb" => [CdbSuffix],
            "hash" or "btree" => [BerkeleySuffix, LmdbSuffix],
            _ => [],
        };
        string? newest = null;
        var stamp = default(FileStamp);
        foreach (var suffix in suffixes)
        {
            if (FileStamp.TryRead(source + suffix, out var its) && (newest == null || its.IsNewerThan(stamp)))
            {
                (newest, stamp) = (source + suffix, its);
            }
        }

        return newest ?? (suffixes.Length > 0 ? source + suffixes[0] : null);
    }

    internal static ILookupTable OpenLmdb(TableRequest request) => request.Has(TableFlags.Write)
        ? CacheTable.Open(request, OpenLmdbFile)
        : OpenLmdbFile(request);

    internal static ILookupTable OpenCdb(TableRequest request) =>
        IndexedTable.Open(request, new IndexedFileCandidate(request.Source + CdbSuffix, CdbFile.Open));

    internal static ILookupTable OpenBerkeley(TableRequest request) => request.Has(TableFlags.Write)
        ? CacheTable.Open(request, OpenLmdbFile)
        : IndexedTable.Open(request, new IndexedFileCandidate(request.Source + BerkeleySuffix, BerkeleyFile.Open), Lmdb(request));

    private static ILookupTable OpenLmdbFile(TableRequest request) => IndexedTable.Open(request, Lmdb(request));

    private static IndexedFileCandidate Lmdb(TableRequest request) => new(request.Source + LmdbSuffix, LmdbFile.Open);
}
