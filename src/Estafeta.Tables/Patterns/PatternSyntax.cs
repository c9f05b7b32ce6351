namespace Estafeta.Tables.Patterns;

/// <summary>What differs between regexp and pcre tables: the compiler, the flag letters and a few words in warnings.</summary>
internal abstract class PatternSyntax
{
    public abstract uint DefaultOptions { get; }

    /// <summary>How a warning about <c>$0</c> begins; Postfix words it differently in its two tables.</summary>
    public abstract string OutOfRangeWords { get; }

    public abstract string UnclosedWords { get; }

    public abstract bool TryToggle(char flag, ref uint options);

    /// <summary>The compiled pattern, or null and the library's error.</summary>
    /// <param name="pattern">The octets between the delimiters.</param>
    /// <param name="options">As left by <see cref="TryToggle"/>.</param>
    /// <param name="needsGroups">The result refers to groups; without, matching may be cheaper.</param>
    /// <param name="line">The rule's line, for warnings while matching.</param>
    /// <param name="error">The rest of the warning's line.</param>
    public abstract CompiledPattern? Compile(byte[] pattern, uint options, bool needsGroups, int line, out string error);
}
