using Estafeta.Tables.BerkeleyDb;
using Estafeta.Tables.Cdb;
using Estafeta.Tables.Indexed;
using Estafeta.Tables.Lmdb;

namespace Estafeta.Tables.Writing;

/// <summary>
/// The types postmap can write: lmdb and cdb in their own formats, hash and btree as <c>.lmdb</c> (no Berkeley DB is needed, and Postfix itself is
/// leaving it; readers of <c>hash:x</c> take the newer of <c>x.db</c> and <c>x.lmdb</c>).
/// </summary>
public static class TableWriterTypes
{
    /// <param name="type">The word before the colon.</param>
    /// <param name="source">The path without suffix.</param>
    /// <param name="options">How.</param>
    /// <exception cref="TableUnavailableException">The type cannot be written, or its file cannot be opened.</exception>
    public static TableWriter Open(string type, string source, TableWriterOptions options)
    {
        try
        {
            return type switch
            {
                "lmdb" => OpenLmdb(source, options),
                "hash" or "btree" => OpenBerkeley(source, options),
                "cdb" => OpenCdb(source, options),
                "fail" => new FailingWriter(source),
                _ => throw new TableUnavailableException(TableTypes.Contains(type)
                    ? $"unsupported dictionary type: {type} does not support bulk-mode creation."
                    : $"unsupported dictionary type: {type}. Is the postfix-{type} package installed?"),
            };
        }
        catch (DllNotFoundException e)
        {
            throw new TableUnavailableException(MissingLibrary.Describe(type, e));
        }
    }

    private static TableWriter OpenLmdb(string source, TableWriterOptions options)
    {
        var path = source + IndexedTypes.LmdbSuffix;
        return options.IsIncremental && File.Exists(path)
            ? new LmdbUpdater(path, "lmdb:" + source, options)
            : new RebuildingWriter(path, "lmdb:" + source, options, terminates: true, LmdbBuilder.Write);
    }

    private static TableWriter OpenBerkeley(string source, TableWriterOptions options)
    {
        var isCdb = options.BerkeleyTarget == "cdb";
        var target = source + (isCdb ? IndexedTypes.CdbSuffix : IndexedTypes.LmdbSuffix);
        var berkeley = source + IndexedTypes.BerkeleySuffix;
        var name = berkeley;
        var hasTarget = Files.FileStamp.TryRead(target, out var targetStamp);
        var hasBerkeley = Files.FileStamp.TryRead(berkeley, out var berkeleyStamp);
        var isBerkeleyNewer = hasBerkeley && (!hasTarget || berkeleyStamp.IsNewerThan(targetStamp));
        if (options.IsIncremental && hasTarget && !isBerkeleyNewer && !isCdb)
        {
            return new LmdbUpdater(target, name, options);
        }

        // A table that moves over keeps the permissions its administrator gave it.
        var mode = hasBerkeley && !hasTarget ? File.GetUnixFileMode(berkeley) : options.Mode;
        var writer = new RebuildingWriter(target, name, options with { Mode = mode }, terminates: !isCdb, isCdb ? CdbBuilder.Write : LmdbBuilder.Write);
        if (options.IsIncremental && isBerkeleyNewer)
        {
            writer.Load(BerkeleyFile.Open(berkeley, berkeleyStamp));
        }
        else if (options.IsIncremental && hasTarget)
        {
            writer.Load(CdbFile.Open(target, targetStamp));
        }

        return writer;
    }

    private static RebuildingWriter OpenCdb(string source, TableWriterOptions options) => options.IsIncremental
        ? throw new TableUnavailableException("dict_cdb_open: inappropriate open flags for cdb database - specify O_RDONLY or O_WRONLY|O_CREAT|O_TRUNC")
        : new RebuildingWriter(source + IndexedTypes.CdbSuffix, source, options, terminates: false, CdbBuilder.Write);
}
