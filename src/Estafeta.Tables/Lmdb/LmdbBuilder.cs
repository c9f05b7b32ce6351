using Estafeta.Tables.Writing;

namespace Estafeta.Tables.Lmdb;

/// <summary>Writes a new LMDB file: sorted entries are appended, which fills the pages, in transactions small enough to keep their pages in the cache.</summary>
internal static class LmdbBuilder
{
    private const int PageSize = 4096;
    private const int EntryOverhead = 32;
    private const int EntriesOfATransaction = 16 * 1024;

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
        // What an earlier attempt wrote.
        new FileStream(path, FileMode.Truncate, FileAccess.Write).Dispose();

        // Not synced here: the file is made durable as a whole before it takes its name.
        using var environment = new LmdbWriteEnvironment(path, mapSize, syncs: false);
        for (var done = 0; done == 0 || done < order.Length; done += EntriesOfATransaction)
        {
            if (!TryAppend(environment, entries, order.AsSpan(done, Math.Min(EntriesOfATransaction, order.Length - done)), path))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAppend(LmdbWriteEnvironment environment, TableEntries entries, ReadOnlySpan<int> numbers, string path)
    {
        environment.Begin();
        foreach (var number in numbers)
        {
            if (!HasRoom(environment.Put(entries.Key(number), entries.Value(number), LmdbLibrary.PutAppend), path))
            {
                return false;
            }
        }

        return HasRoom(environment.Commit(), path);
    }

    private static bool HasRoom(int error, string path)
    {
        if (error != LmdbLibrary.MapFull)
        {
            LmdbLibrary.Check(error, path);
        }

        return error != LmdbLibrary.MapFull;
    }

    private static long RoundUp(long size) => (size + PageSize - 1) / PageSize * PageSize;
}
