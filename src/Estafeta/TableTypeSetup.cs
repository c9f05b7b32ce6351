using Estafeta.Services.TableProxy;
using Estafeta.Tables;

namespace Estafeta;

/// <summary>Table types that the table library itself does not carry.</summary>
internal static class TableTypeSetup
{
    public static void Register() => TableTypes.Register("proxy", ProxyTable.Open);
}
