using Estafeta.Configuration.Lists;
using Estafeta.Tables.Cidr;
using Estafeta.Tables.Combined;
using Estafeta.Tables.Debugging;
using Estafeta.Tables.Environ;
using Estafeta.Tables.Fail;
using Estafeta.Tables.Indexed;
using Estafeta.Tables.Inline;
using Estafeta.Tables.Internal;
using Estafeta.Tables.Ldap;
using Estafeta.Tables.Memcache;
using Estafeta.Tables.Mongodb;
using Estafeta.Tables.Pcre;
using Estafeta.Tables.Regexp;
using Estafeta.Tables.Socketmap;
using Estafeta.Tables.Sql.Mysql;
using Estafeta.Tables.Sql.Pgsql;
using Estafeta.Tables.Sql.Sqlite;
using Estafeta.Tables.Static;
using Estafeta.Tables.SystemDatabase;
using Estafeta.Tables.Tcp;
using Estafeta.Tables.Text;
using Estafeta.Tables.Texthash;

namespace Estafeta.Tables;

/// <summary>
/// The table types this program knows. Libraries of back ends are loaded when a table needs them. proxy, which needs the wire between processes, is added
/// by the executables before they open any table.
/// </summary>
public static class TableTypes
{
    private static readonly Dictionary<string, TableFactory> Factories = new(StringComparer.Ordinal)
    {
        ["btree"] = IndexedTypes.OpenCacheable,
        ["cdb"] = IndexedTypes.Open,
        ["cidr"] = CidrTable.Open,
        ["debug"] = DebugTable.Open,
        ["environ"] = EnvironmentTable.Open,
        ["fail"] = FailTable.Open,
        ["hash"] = IndexedTypes.OpenCacheable,
        ["inline"] = InlineTable.Open,
        ["internal"] = MemoryTable.Open,
        ["ldap"] = LdapTable.Open,
        ["lmdb"] = IndexedTypes.OpenCacheable,
        ["memcache"] = MemcacheTable.Open,
        ["mongodb"] = MongodbTable.Open,
        ["mysql"] = MysqlTable.Open,
        ["nis"] = NisTable.Open,
        ["pcre"] = PcreTable.Open,
        ["pgsql"] = PgsqlTable.Open,
        ["pipemap"] = PipeTable.Open,
        ["randmap"] = RandomTable.Open,
        ["regexp"] = RegexpTable.Open,
        ["socketmap"] = SocketmapTable.Open,
        ["sqlite"] = SqliteTable.Open,
        ["static"] = StaticTable.Open,
        ["tcp"] = TcpTable.Open,
        ["texthash"] = TexthashTable.Open,
        ["unionmap"] = UnionTable.Open,
        ["unix"] = SystemTable.Open,
    };

    /// <summary>All known types in alphabetical order, as <c>postconf -m</c> lists them.</summary>
    public static IReadOnlyList<string> Names => [.. Factories.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What <see cref="ILookupTable.HasFixedKeys"/> of a table with this name will be, without opening it.</summary>
    public static bool HasFixedKeys(string name)
    {
        var colon = name.IndexOf(':');
        var (type, source) = colon < 0 ? (name, "") : (name[..colon], name[(colon + 1)..]);
        return type switch
        {
            "cidr" or "pcre" or "regexp" or "randmap" or "socketmap" or "tcp" => false,
            "proxy" or "debug" => HasFixedKeys(source),
            "pipemap" or "unionmap" when BracedList.TryUnwrap(source, out var inner, out _) && WordList.Split(inner) is [var first, ..] => HasFixedKeys(first),
            _ => true,
        };
    }

    /// <summary>Adds a type or replaces it. At program start only: not thread-safe.</summary>
    public static void Register(string type, TableFactory factory) => Factories[type] = factory;

    public static bool Contains(string type) => Factories.ContainsKey(type);

    internal static TableFactory Find(string type) => Factories.TryGetValue(type, out var factory)
        ? factory
        : throw new TableUnavailableException($"unsupported dictionary type: {type}");
}
