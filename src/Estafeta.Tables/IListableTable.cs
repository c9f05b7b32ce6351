namespace Estafeta.Tables;

/// <summary>A table that can tell all it holds: indexed files and tables in memory. For postmap -s and for cleaning caches.</summary>
public interface IListableTable
{
    /// <summary>All entries in the order of the table. Not a snapshot: a writer at work may show or hide entries.</summary>
    IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken);
}
