using System.Runtime.InteropServices;

namespace Estafeta.Tables.Sql.Mysql;

/// <summary>The part of libmariadb, which talks to MySQL and MariaDB alike, that look-ups need.</summary>
internal static unsafe partial class MysqlLibrary
{
    public const int OptionConnectTimeout = 0;
    public const int OptionReadFile = 4;
    public const int OptionReadGroup = 5;
    public const int OptionCharacterSet = 7;
    public const int OptionReadTimeout = 11;
    public const int OptionWriteTimeout = 12;
    public const int OptionVerifyServer = 21;
    public const uint ClientMultiResults = 1 << 17;

    /// <summary>Client errors begin here: the server is not at the other end any more.</summary>
    public const uint FirstClientError = 2000;
    public const uint LastClientError = 2999;

    public const string Name = "libmariadb.so.3";

    [LibraryImport(Name, EntryPoint = "mysql_init")]
    public static partial nint Initialize(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_options")]
    public static partial int SetOption(nint handle, int option, byte* value);

    [LibraryImport(Name, EntryPoint = "mysql_ssl_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte SetTls(nint handle, string? key, string? certificate, string? authorityFile, string? authorityPath, string? ciphers);

    [LibraryImport(Name, EntryPoint = "mysql_real_connect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Connect(nint handle, string? host, string? user, string? password, string? database, uint port, string? socket, nuint flags);

    [LibraryImport(Name, EntryPoint = "mysql_real_escape_string")]
    public static partial nuint Escape(nint handle, byte* to, byte* from, nuint length);

    [LibraryImport(Name, EntryPoint = "mysql_real_query")]
    public static partial int Query(nint handle, byte* statement, nuint length);

    [LibraryImport(Name, EntryPoint = "mysql_store_result")]
    public static partial nint StoreResult(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_next_result")]
    public static partial int NextResult(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_field_count")]
    public static partial uint FieldCount(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_fetch_row")]
    public static partial byte** FetchRow(nint result);

    [LibraryImport(Name, EntryPoint = "mysql_fetch_lengths")]
    public static partial nuint* FetchLengths(nint result);

    [LibraryImport(Name, EntryPoint = "mysql_num_fields")]
    public static partial uint ColumnCount(nint result);

    [LibraryImport(Name, EntryPoint = "mysql_free_result")]
    public static partial void FreeResult(nint result);

    [LibraryImport(Name, EntryPoint = "mysql_errno")]
    public static partial uint ErrorNumber(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_error")]
    public static partial byte* ErrorMessage(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_close")]
    public static partial void Close(nint handle);

    [LibraryImport(Name, EntryPoint = "mysql_thread_end")]
    public static partial void EndThread();
}
