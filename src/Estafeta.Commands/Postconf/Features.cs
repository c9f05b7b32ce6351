using Estafeta.Tables;

namespace Estafeta.Commands.Postconf;

/// <summary>What is built in: <c>-a -A -l -m</c>.</summary>
internal static class Features
{
    public static readonly string[] SaslServers = ["cyrus", "dovecot"];

    public static readonly string[] SaslClients = ["cyrus"];

    public static readonly string[] LockMethods = ["flock", "fcntl", "dotlock"];

    public static IEnumerable<string> TableTypes => Tables.TableTypes.Names.Order(StringComparer.Ordinal);
}
