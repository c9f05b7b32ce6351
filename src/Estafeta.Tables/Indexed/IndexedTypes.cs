using Estafeta.Tables.BerkeleyDb;
using Estafeta.Tables.Cdb;
using Estafeta.Tables.Lmdb;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// Which file each indexed type is kept in. <c>hash:x</c> and <c>btree:x</c> live in <c>x.db</c> as an earlier Postfix wrote it or in <c>x.lmdb</c> as
/// our postmap writes it: the newer one wins, so an installation moves over table by table.
/// </summary>
internal static class IndexedTypes
{
    public const string LmdbSuffix = ".lmdb";
    public const string CdbSuffix = ".cdb";
    public const string BerkeleySuffix = ".db";

    public static ILookupTable OpenLmdb(TableRequest request) => request.Has(TableFlags.Write)
        ? CacheTable.Open(request, OpenLmdbFile)
        : OpenLmdbFile(request);

    public static ILookupTable OpenCdb(TableRequest request) =>
        IndexedTable.Open(request, new IndexedFileCandidate(request.Source + CdbSuffix, CdbFile.Open));

    public static ILookupTable OpenBerkeley(TableRequest request) => request.Has(TableFlags.Write)
        ? CacheTable.Open(request, OpenLmdbFile)
        : IndexedTable.Open(request, new IndexedFileCandidate(request.Source + BerkeleySuffix, BerkeleyFile.Open), Lmdb(request));

    private static ILookupTable OpenLmdbFile(TableRequest request) => IndexedTable.Open(request, Lmdb(request));

    private static IndexedFileCandidate Lmdb(TableRequest request) => new(request.Source + LmdbSuffix, LmdbFile.Open);
}
