namespace Estafeta.Tables;

/// <summary>A table that answers many look-ups in a row more cheaply when told of it. For commands.</summary>
public interface IBatchedTable
{
    /// <summary>
    /// The same table for one thread and for a short while: it keeps its file locked between look-ups, so writers wait until it is disposed and the
    /// caller must not wait for anything else. Its look-ups are not counted.
    /// </summary>
    ILookupTable OpenBatch();
}
