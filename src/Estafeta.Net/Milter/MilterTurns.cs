namespace Estafeta.Net.Milter;

/// <summary>What a milter is told, in turns.</summary>
/// <param name="Octets">Holds the turns.</param>
/// <param name="Turns">In their order.</param>
public readonly record struct MilterTurns(ReadOnlyMemory<byte> Octets, IReadOnlyList<MilterTurn> Turns);

/// <summary>Whole packets, the last of which the milter answers; a part of <see cref="MilterTurns.Octets"/>.</summary>
public readonly record struct MilterTurn(int Start, int Length);

/// <param name="Continued">How many turns were answered by "continue".</param>
/// <param name="Trouble">What went wrong with the turn after these, by sending or receiving; null when nothing did.</param>
public readonly record struct MilterTurnsResult(int Continued, IOException? Trouble);
