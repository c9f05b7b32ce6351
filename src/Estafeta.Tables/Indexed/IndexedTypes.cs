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

    internal static ILookupTable OpenCdb(TableRequest request) => IndexedTable.Open(request, Cdb(request));

    internal static ILookupTable OpenBerkeley(TableRequest request)
    {
        if (request.Has(TableFlags.Write))
        {
            return CacheTable.Open(request, OpenLmdbFile);
        }

        return BerkeleyMigration.Target(request.Type, request.Tables.Parameters) == "cdb"
            ? IndexedTable.Open(request, Berkeley(request), Lmdb(request), Cdb(request))
            : IndexedTable.Open(request, Berkeley(request), Lmdb(request));
    }

    // default_database_type was hash once: /etc/aliases.db serves lmdb:/etc/aliases until newaliases is run.
    private static ILookupTable OpenLmdbFile(TableRequest request) =>
        !File.Exists(request.Source + LmdbSuffix) && File.Exists(request.Source + BerkeleySuffix)
            ? IndexedTable.Open(request, Lmdb(request), Berkeley(request))
            : IndexedTable.Open(request, Lmdb(request));

    private static IndexedFileCandidate Berkeley(TableRequest request) => new(request.Source + BerkeleySuffix, BerkeleyFile.Open);

    private static IndexedFileCandidate Cdb(TableRequest request) => new(request.Source + CdbSuffix, CdbFile.Open);

    private static IndexedFileCandidate Lmdb(TableRequest request) => new(request.Source + LmdbSuffix, LmdbFile.Open);
}
