namespace Estafeta.Tables;

/// <summary>
/// A table that programs write to: the caches of verify(8), postscreen(8) and SASL, by themselves or through proxywrite. Opened with
/// <see cref="TableFlags.Write"/>. False from a method is trouble, which is logged.
/// </summary>
public interface IUpdatableTable : ILookupTable, IListableTable
{
    /// <summary>Adds the entry or replaces its value.</summary>
    ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken);

    /// <summary>Takes the entry out; one that is not there is no trouble.</summary>
    ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken);
}
