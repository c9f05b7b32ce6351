using System.Runtime.InteropServices;

namespace Estafeta.Tables.Mongodb;

/// <summary>The part of libmongoc and libbson, MongoDB's C driver, that look-ups need.</summary>
internal static unsafe partial class MongodbLibrary
{
    public const string Name = "libmongoc-1.0.so.0";
    public const string SocketTimeout = "sockettimeoutms";

    private const string Bson = "libbson-1.0.so.0";

    [LibraryImport(Name, EntryPoint = "mongoc_init")]
    public static partial void Initialize();

    /// <summary>Null: the driver does not write to standard error.</summary>
    [LibraryImport(Name, EntryPoint = "mongoc_log_set_handler")]
    public static partial void SetLogHandler(nint handler, nint data);

    [LibraryImport(Name, EntryPoint = "mongoc_uri_new_with_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ParseUri(string uri, out MongodbError error);

    [LibraryImport(Name, EntryPoint = "mongoc_uri_get_option_as_int32", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetOption(nint uri, string option, int fallback);

    [LibraryImport(Name, EntryPoint = "mongoc_uri_set_option_as_int32", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetOption(nint uri, string option, int value);

    [LibraryImport(Name, EntryPoint = "mongoc_uri_destroy")]
    public static partial void FreeUri(nint uri);

    [LibraryImport(Name, EntryPoint = "mongoc_client_new_from_uri")]
    public static partial nint CreateClient(nint uri);

    [LibraryImport(Name, EntryPoint = "mongoc_client_set_error_api")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetErrorVersion(nint client, int version);

    [LibraryImport(Name, EntryPoint = "mongoc_client_destroy")]
    public static partial void FreeClient(nint client);

    [LibraryImport(Name, EntryPoint = "mongoc_client_get_collection", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OpenCollection(nint client, string database, string collection);

    [LibraryImport(Name, EntryPoint = "mongoc_collection_destroy")]
    public static partial void FreeCollection(nint collection);

    [LibraryImport(Name, EntryPoint = "mongoc_collection_find_with_opts")]
    public static partial nint Find(nint collection, nint filter, nint options, nint preferences);

    [LibraryImport(Name, EntryPoint = "mongoc_cursor_next")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool Next(nint cursor, out nint document);

    [LibraryImport(Name, EntryPoint = "mongoc_cursor_error")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool HasFailed(nint cursor, out MongodbError error);

    [LibraryImport(Name, EntryPoint = "mongoc_cursor_destroy")]
    public static partial void FreeCursor(nint cursor);

    [LibraryImport(Bson, EntryPoint = "bson_new_from_json")]
    public static partial nint FromJson(byte* text, nint length, out MongodbError error);

    /// <summary>Plain strings and numbers; other scalars as objects with a name that begins with <c>$</c>.</summary>
    [LibraryImport(Bson, EntryPoint = "bson_as_relaxed_extended_json")]
    public static partial byte* ToJson(nint document, out nuint length);

    [LibraryImport(Bson, EntryPoint = "bson_destroy")]
    public static partial void FreeDocument(nint document);

    [LibraryImport(Bson, EntryPoint = "bson_free")]
    public static partial void FreeText(byte* text);
}

/// <summary>bson_error_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MongodbError
{
    private const int TextSize = 504;

    public uint Domain;
    public uint Code;
    private fixed byte _text[TextSize];

    public override readonly string ToString()
    {
        fixed (byte* text = _text)
        {
            return Marshal.PtrToStringUTF8((nint)text) ?? "";
        }
    }
}
