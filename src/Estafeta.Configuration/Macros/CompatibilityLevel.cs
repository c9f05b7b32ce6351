using System.Diagnostics.CodeAnalysis;

namespace Estafeta.Configuration.Macros;

/// <summary>
/// A compatibility_level: <c>major</c>, <c>major.minor</c> or <c>major.minor.patch</c>, compared number by number
/// (<c>3.6</c> is below <c>3.10</c>), missing parts being zero.
/// </summary>
public readonly record struct CompatibilityLevel(int Major, int Minor, int Patch) : IComparable<CompatibilityLevel>
{
    // Each part of Postfix's packed number has its own limit.
    private const int LargestMajor = (1 << 15) - 1;
    private const int LargestMinor = (1 << 8) - 1;

    public static CompatibilityLevel Parse(string text) => TryParse(text, out var level)
        ? level.Value
        : throw new MacroException($"malformed compatibility level syntax: \"{text}\"");

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out CompatibilityLevel? level)
    {
        Span<int> parts = stackalloc int[3];
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            if (count == 3 || !TryPart(text[range], count == 0 ? LargestMajor : LargestMinor, out parts[count]))
            {
                level = null;
                return false;
            }

            count++;
        }

        level = new CompatibilityLevel(parts[0], parts[1], parts[2]);
        return true;
    }

    public static bool operator <(CompatibilityLevel left, CompatibilityLevel right) => left.CompareTo(right) < 0;

    public static bool operator >(CompatibilityLevel left, CompatibilityLevel right) => left.CompareTo(right) > 0;

    public static bool operator <=(CompatibilityLevel left, CompatibilityLevel right) => left.CompareTo(right) <= 0;

    public static bool operator >=(CompatibilityLevel left, CompatibilityLevel right) => left.CompareTo(right) >= 0;

    public int CompareTo(CompatibilityLevel other) =>
        (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => Patch != 0 ? $"{Major}.{Minor}.{Patch}" : Minor != 0 ? $"{Major}.{Minor}" : $"{Major}";

    private static bool TryPart(ReadOnlySpan<char> text, int largest, out int value)
    {
        value = 0;
        if (text.IsEmpty)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c) || (value = (value * 10) + (c - '0')) > largest)
            {
                return false;
            }
        }

        return true;
    }
}
