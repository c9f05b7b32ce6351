using Estafeta.Configuration.Macros;

namespace Estafeta.Configuration.Usage;

/// <summary>The names that a text refers to with <c>$name</c> in any of its forms, in all branches of its conditions.</summary>
internal static class MacroReferences
{
    /// <exception cref="MacroException">The text is malformed.</exception>
    public static List<string> In(string text)
    {
        var names = new List<string>();
        _ = MacroExpander.Expand(
            text,
            name =>
            {
                names.Add(name);
                return null;
            },
            MacroOptions.Scan);
        return names;
    }
}
