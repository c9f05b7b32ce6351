using System.Runtime.InteropServices;

namespace Estafeta.Tables.Lmdb;

/// <summary>The part of the system's liblmdb that writing needs.</summary>
internal static unsafe partial class LmdbLibrary
{
    /// <summary>The path is the file, not a directory.</summary>
    public const uint NoSubdirectory = 0x4000;
    public const uint NoSync = 0x10000;

    /// <summary>Postfix's rule: fcntl locks on the file instead of LMDB's lock file, which users of different rights could not share.</summary>
    public const uint NoLock = 0x400000;

    public const uint PutNoOverwrite = 0x10;
    public const uint PutAppend = 0x20000;

    /// <summary>MDB_MAXKEYSIZE, as the library is built everywhere.</summary>
    public const int LongestKey = 511;

    public const int KeyExists = -30799;
    public const int NotFound = -30798;
    public const int MapFull = -30792;

    /// <summary>MDB_MAP_RESIZED.</summary>
    public const int MapResized = -30785;
    public const int BadValueSize = -30781;

    private const string Library = "liblmdb.so.0";

    public static string Message(int error) => Marshal.PtrToStringUTF8(Error(error)) ?? $"LMDB error {error}";

    /// <exception cref="IOException">The call failed.</exception>
    public static void Check(int error, string path)
    {
        if (error != 0)
        {
            throw new IOException($"{path}: {Message(error)}");
        }
    }

    [LibraryImport(Library, EntryPoint = "mdb_strerror")]
    private static partial nint Error(int error);

    [LibraryImport(Library, EntryPoint = "mdb_env_create")]
    public static partial int CreateEnvironment(out nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenEnvironment(nint environment, string path, uint flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mdb_env_close")]
    public static partial void CloseEnvironment(nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_mapsize")]
    public static partial int SetMapSize(nint environment, nuint size);

    [LibraryImport(Library, EntryPoint = "mdb_txn_begin")]
    public static partial int Begin(nint environment, nint parent, uint flags, out nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_commit")]
    public static partial int Commit(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_abort")]
    public static partial void Abort(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_dbi_open")]
    public static partial int OpenDatabase(nint transaction, byte* name, uint flags, out uint database);

    [LibraryImport(Library, EntryPoint = "mdb_put")]
    public static partial int Put(nint transaction, uint database, ref LmdbValue key, ref LmdbValue value, uint flags);

    [LibraryImport(Library, EntryPoint = "mdb_del")]
    public static partial int Delete(nint transaction, uint database, ref LmdbValue key, nint value);

}

/// <summary>MDB_val.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LmdbValue
{
    public nuint Size;
    public byte* Data;
}
