namespace Estafeta.Tables;

/// <summary>A table that can tell all it holds: indexed files and tables in memory. For postmap -s and for cleaning caches.</summary>
public interface IListableTable
{
    /// <summary>All entries in the order of the table. Not a snapshot: a writer at work may show or hide entries.</summary>
    /// <exception cref="IOException">While it is read: the table is in trouble, and what came before is not all.</exception>
    IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken);
}
