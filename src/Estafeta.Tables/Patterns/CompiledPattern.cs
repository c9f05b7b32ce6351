namespace Estafeta.Tables.Patterns;

/// <summary>Start and end of what a group matched, in octets; -1 when it took no part.</summary>
internal readonly record struct GroupSpan(int Start, int End);

/// <summary>
/// A pattern compiled by a native library. Thread-safe. The native memory goes with the finalizer: a table that reloads drops the old rules
/// while other threads may still match with them.
/// </summary>
internal abstract class CompiledPattern
{
    public int Line { get; init; }

    /// <summary>Texts that every match contains, each of them: see <see cref="RequiredLiteral"/>.</summary>
    public IReadOnlyList<byte[]> Literals { get; init; } = [];

    /// <summary>Groups in the pattern, not counting the whole.</summary>
    public abstract int GroupCount { get; }

    /// <summary>Matches a NUL-terminated subject (the NUL not counted in <paramref name="length"/>); fills the groups it knows.</summary>
    public abstract unsafe bool IsMatch(byte* subject, int length, Span<GroupSpan> groups);
}
