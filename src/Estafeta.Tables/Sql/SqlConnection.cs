using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql;

/// <summary>The rows of a query; a null is SQL's NULL.</summary>
/// <param name="HasResultSet">False for a statement that returns none, such as an UPDATE or a procedure without SELECT.</param>
internal sealed record SqlResult(IReadOnlyList<string?[]> Rows, bool HasResultSet);

/// <summary>The server cannot be reached or broke the connection off: another host may answer.</summary>
internal sealed class SqlConnectionException(string message) : IOException(message);

/// <summary>The server refuses the statement: another host would too.</summary>
internal sealed class SqlQueryException(string message) : IOException(message);

/// <summary>
/// A connection to one server through the back end's C library, which is the library Postfix uses: options, URIs, TLS and passwords mean the same.
/// Its calls block; it lives on a thread of its own (<see cref="BackEndWorkers"/>). Not thread-safe.
/// </summary>
internal abstract class SqlConnection : IDisposable
{
    /// <summary>The key as it may stand between the template's quotes.</summary>
    public abstract string Escape(string key);

    /// <exception cref="SqlConnectionException">The connection is gone.</exception>
    /// <exception cref="SqlQueryException">The statement is wrong.</exception>
    public abstract SqlResult Query(string statement);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
