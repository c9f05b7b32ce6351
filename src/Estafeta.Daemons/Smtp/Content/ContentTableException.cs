namespace Estafeta.Daemons.Smtp;

/// <summary>A table of content checks could not be asked: the message waits.</summary>
internal sealed class ContentTableException(string table) : Exception($"{table} map lookup problem")
{
    /// <summary>The parameter.</summary>
    public string Table { get; } = table;
}
