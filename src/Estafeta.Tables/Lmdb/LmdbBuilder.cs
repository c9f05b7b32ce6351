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

        var order = EntryOrder.Sort(entries);
        while (!TryWrite(path, entries, order, RoundUp(mapSize)))
        {
            mapSize *= 2;
        }
    }

    private static bool TryWrite(string path, TableEntries entries, int[] order, long mapSize)
    {
        // Not synced here: the file is made durable as a whole before it takes its name.
        using var environment = new LmdbWriteEnvironment(path, mapSize, syncs: false);
        environment.Begin();
        foreach (var number in order)
        {
            var error = environment.Put(entries.Key(number), entries.Value(number), LmdbLibrary.PutAppend);
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
