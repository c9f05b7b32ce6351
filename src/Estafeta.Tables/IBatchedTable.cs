namespace Estafeta.Tables;

/// <summary>A table that answers many look-ups in a row more cheaply when told of it. For commands.</summary>
public interface IBatchedTable
{
    /// <summary>
    /// A view of the table for one thread and for a short while: it keeps its file locked between look-ups, so writers wait until it is disposed and the
    /// caller must not wait for anything else. Its look-ups are not counted.
    /// </summary>
    ITableBatch OpenBatch();
}

/// <summary>Look-ups in a row, from octets to octets, without a string in between.</summary>
public interface ITableBatch : IDisposable
{
    /// <summary>The same as a <see cref="ILookupTable.LookupAsync"/> of each key's text, in their order.</summary>
    /// <param name="keys">As they came, not folded, each ended by a line feed.</param>
    /// <param name="answers">Told of each key.</param>
    void Find(ReadOnlySpan<byte> keys, ITableAnswers answers);
}

/// <summary>Takes the answers of a <see cref="ITableBatch"/>.</summary>
public interface ITableAnswers
{
    /// <param name="key">As it was asked.</param>
    /// <param name="outcome">Of its look-up.</param>
    /// <param name="value">For Found; good until the method returns.</param>
    /// <param name="reason">For Trouble.</param>
    void Add(ReadOnlySpan<byte> key, LookupOutcome outcome, ReadOnlySpan<byte> value, string? reason);
}
