using Estafeta.Configuration;
using Estafeta.Tables.BerkeleyDb;
using Estafeta.Tables.Cdb;
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
    /// <exception cref="TableUnavailableException">A parameter of the migration is wrong.</exception>
    public static string? FindFile(string type, string source, ParameterSet parameters) => Candidates(type, source, parameters) is [var first, ..] candidates
        ? (IndexedFilePool.Newest(candidates, out _) ?? first).Path
        : null;

    internal static ILookupTable Open(TableRequest request)
    {
        var table = IndexedTable.Open(request, Candidates(request.Type, request.Source, request.Tables.Parameters));
        if (BerkeleyMigration.RedirectNote(request.Type, request.Source, request.Tables.Parameters) is { } note)
        {
            request.Tables.Inform(note);
        }

        return table;
    }

    /// <summary>Caches are kept in LMDB files, whatever their type is called.</summary>
    internal static ILookupTable OpenCacheable(TableRequest request) => request.Has(TableFlags.Write) ? CacheTable.Open(request) : Open(request);

    internal static IndexedFileCandidate Lmdb(string source) => new(source + LmdbSuffix, LmdbFile.Open);

    private static IndexedFileCandidate[] Candidates(string type, string source, ParameterSet parameters) => type switch
    {
        "lmdb" => LmdbCandidates(source),
        "cdb" => [Cdb(source)],
        _ when !BerkeleyMigration.IsMigrated(type) => [],
        _ => BerkeleyMigration.Target(type, parameters) == "cdb" ? [Berkeley(source), Lmdb(source), Cdb(source)] : [Berkeley(source), Lmdb(source)],
    };

    // default_database_type was hash once: /etc/aliases.db serves lmdb:/etc/aliases until newaliases is run.
    private static IndexedFileCandidate[] LmdbCandidates(string source) => !File.Exists(source + LmdbSuffix) && File.Exists(source + BerkeleySuffix)
        ? [Lmdb(source), Berkeley(source)]
        : [Lmdb(source)];

    private static IndexedFileCandidate Berkeley(string source) => new(source + BerkeleySuffix, BerkeleyFile.Open);

    private static IndexedFileCandidate Cdb(string source) => new(source + CdbSuffix, CdbFile.Open);
}
