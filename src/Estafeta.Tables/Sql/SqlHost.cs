namespace Estafeta.Tables.Sql;

/// <summary>A server of the <c>hosts</c> list, and whether it is worth trying.</summary>
/// <param name="name">As in the configuration.</param>
/// <param name="isLocal">A UNIX-domain socket: tried before those over TCP.</param>
internal sealed class SqlHost(string name, bool isLocal)
{
    public string Name => name;

    public bool IsLocal => isLocal;

    /// <summary>Time stamp of the last failure, or 0.</summary>
    public long FailedAt { get; set; }
}
