using Estafeta.Tables.Writing;

namespace Estafeta.Tables.Lmdb;

/// <summary>Writes a new LMDB file: sorted entries appended in one transaction, which fills the pages.</summary>
internal static class LmdbBuilder
{
    private const int PageSize = 4096;
    private const int EntryOverhead = 32;

    public static void Write(string path, TableEntries entries, TableWriterOptions options)
    {
        // Values that fill pages of their own need up to twice their size. When the guess is too small it is doubled.
        var needed = (entries.Octets * 2) + ((long)entries.Count * EntryOverhead) + (64 * PageSize);
        var mapSize = options.LmdbMapSize;
        while (mapSize < needed)
        {
            mapSize *= 2;
        }

        while (!TryWrite(path, entries, RoundUp(mapSize)))
        {
            mapSize *= 2;
        }
    }

    private static bool TryWrite(string path, TableEntries entries, long mapSize)
    {
        // Not synced here: the file is made durable as a whole before it takes its name.
        using var environment = new LmdbWriteEnvironment(path, mapSize, syncs: false);
        environment.Begin();
        foreach (var (key, value) in entries.Sorted())
        {
            var error = environment.Put(key.Span, value.Span, LmdbLibrary.PutAppend);
            if (error == LmdbLibrary.MapFull)
            {
                return false;
            }

            LmdbLibrary.Check(error, path);
        }

        var committed = environment.Commit();
        if (committed == LmdbLibrary.MapFull)
        {
            return false;
        }

        LmdbLibrary.Check(committed, path);
        return true;
    }

    private static long RoundUp(long size) => (size + PageSize - 1) / PageSize * PageSize;
}
