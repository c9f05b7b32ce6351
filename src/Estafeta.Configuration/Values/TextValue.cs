using System.Text;

namespace Estafeta.Configuration.Values;

/// <summary>The length limits of a text, in bytes. A limit of zero is no limit.</summary>
public static class TextValue
{
    public static string? LengthProblem(string name, string text, int minimum, int maximum)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        return minimum != 0 && length < minimum ? $"bad string length {length} < {minimum}: {name} = {text}"
            : maximum != 0 && length > maximum ? $"bad string length {length} > {maximum}: {name} = {text}"
            : null;
    }
}
