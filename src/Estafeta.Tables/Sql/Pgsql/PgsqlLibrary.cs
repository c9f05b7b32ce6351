using System.Runtime.InteropServices;

namespace Estafeta.Tables.Sql.Pgsql;

/// <summary>The part of libpq that look-ups need.</summary>
internal static unsafe partial class PgsqlLibrary
{
    public const int ConnectionOk = 0;
    public const int ResultEmptyQuery = 0;
    public const int ResultCommandOk = 1;
    public const int ResultTuplesOk = 2;

    public const string Name = "libpq.so.5";

    [LibraryImport(Name, EntryPoint = "PQconnectdbParams")]
    public static partial nint Connect(byte** keywords, byte** values, int expandsName);

    [LibraryImport(Name, EntryPoint = "PQstatus")]
    public static partial int Status(nint connection);

    [LibraryImport(Name, EntryPoint = "PQsocket")]
    public static partial int Socket(nint connection);

    [LibraryImport(Name, EntryPoint = "PQerrorMessage")]
    public static partial byte* ErrorMessage(nint connection);

    [LibraryImport(Name, EntryPoint = "PQsetClientEncoding", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetClientEncoding(nint connection, string encoding);

    [LibraryImport(Name, EntryPoint = "PQescapeStringConn")]
    public static partial nuint Escape(nint connection, byte* to, byte* from, nuint length, out int error);

    [LibraryImport(Name, EntryPoint = "PQsendQuery")]
    public static partial int SendQuery(nint connection, byte* statement);

    [LibraryImport(Name, EntryPoint = "PQconsumeInput")]
    public static partial int ConsumeInput(nint connection);

    [LibraryImport(Name, EntryPoint = "PQisBusy")]
    public static partial int IsBusy(nint connection);

    [LibraryImport(Name, EntryPoint = "PQgetResult")]
    public static partial nint GetResult(nint connection);

    [LibraryImport(Name, EntryPoint = "PQresultStatus")]
    public static partial int ResultStatus(nint result);

    [LibraryImport(Name, EntryPoint = "PQntuples")]
    public static partial int RowCount(nint result);

    [LibraryImport(Name, EntryPoint = "PQnfields")]
    public static partial int ColumnCount(nint result);

    [LibraryImport(Name, EntryPoint = "PQgetisnull")]
    public static partial int IsNull(nint result, int row, int column);

    [LibraryImport(Name, EntryPoint = "PQgetvalue")]
    public static partial byte* Value(nint result, int row, int column);

    [LibraryImport(Name, EntryPoint = "PQgetlength")]
    public static partial int Length(nint result, int row, int column);

    [LibraryImport(Name, EntryPoint = "PQclear")]
    public static partial void Clear(nint result);

    [LibraryImport(Name, EntryPoint = "PQfinish")]
    public static partial void Finish(nint connection);
}
