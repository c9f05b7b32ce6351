namespace Estafeta.Tables;

/// <summary>What a table type's factory is asked to open.</summary>
/// <param name="Type">The word before the first colon.</param>
/// <param name="Source">What follows it: a path, <c>host:port</c>, or <c>{…}</c>.</param>
/// <param name="Flags">How to open it.</param>
/// <param name="Tables">The set it becomes a part of: parameters, log and clock, and the way to open inner tables.</param>
public sealed record TableRequest(string Type, string Source, TableFlags Flags, TableSet Tables)
{
    public string Name => $"{Type}:{Source}";

    public bool Has(TableFlags flag) => (Flags & flag) != 0;
}

/// <summary>Opens a table or throws <see cref="TableUnavailableException"/>.</summary>
public delegate ILookupTable TableFactory(TableRequest request);
