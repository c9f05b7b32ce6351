namespace Estafeta.Daemons.Tlsmgr;

/// <summary>What of tlsmgr outlives a reload: the ticket keys, and the counts for reports.</summary>
public sealed class TlsmgrState(TimeProvider time)
{
    private readonly Lock _lock = new();
    private ReportBook? _book;

    internal TicketKeyRing Keys { get; } = new(time);

    /// <param name="directory">Of the first caller: data_directory does not change in a running system.</param>
    internal ReportBook OpenBook(string directory)
    {
        lock (_lock)
        {
            return _book ??= ReportBook.Open(directory, time);
        }
    }
}
