namespace Estafeta.Net.Milter;

/// <summary>
/// The connection to a milter: octets there and back. Either a socket of this process, or one of another process that passes the octets
/// on. Trouble and time-outs are <see cref="IOException"/>.
/// </summary>
public abstract class MilterTransport : IDisposable
{
    /// <summary>What log lines say of a connection that the milter closed: there is no system error to name.</summary>
    public const string ClosedText = "Application error";

    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken);

    /// <returns>How many octets came, at least one.</returns>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>
    /// Takes turns with the milter: each is sent when "continue" has answered the one before it. Ends after the last, or before one that
    /// was answered by something else, which is left to <see cref="ReceiveAsync"/>.
    /// </summary>
    public abstract ValueTask<MilterTurnsResult> TakeTurnsAsync(MilterTurns turns, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The same for one turn, whose answer is left to <see cref="ReceiveAsync"/>: where replies that nobody asked for are still to be read, they are it.</summary>
    public async ValueTask<MilterTurnsResult> SendTurnAsync(MilterTurns turns, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(turns.Octets.Slice(turns.Turns[0].Start, turns.Turns[0].Length), timeout, cancellationToken);
            return new MilterTurnsResult(0, null);
        }
        catch (IOException e)
        {
            return new MilterTurnsResult(0, e);
        }
    }

    /// <summary>Ends the connection.</summary>
    public abstract void Dispose();
}
