namespace Estafeta.Services.TableProxy;

/// <summary>
/// The protocol between programs and proxymap: one request frame, one answer frame, entries before it for a listing. Keys and values travel as octets:
/// they need not be UTF-8.
/// </summary>
internal static class ProxyWire
{
    public const string Protocol = "proxymap";

    /// <summary>Operation, flags, table name, key, value.</summary>
    public const byte Request = 16;

    /// <summary>Status, value or reason.</summary>
    public const byte Answer = 17;

    /// <summary>Key, value.</summary>
    public const byte Entry = 18;
}

internal enum ProxyOperation : byte
{
    Lookup = 1,
    Update = 2,
    Delete = 3,
    List = 4,
}

internal enum ProxyStatus : byte
{
    Found = 1,
    NotFound = 2,
    Trouble = 3,

    /// <summary>The table is not in proxy_read_maps or proxy_write_maps.</summary>
    Denied = 4,
}
