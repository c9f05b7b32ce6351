using System.Globalization;

namespace Estafeta.Configuration.Macros;

/// <summary>The functions of Postfix 3.11 and later, <c>${name{text}}</c>: text is expanded, then converted.</summary>
internal static class MacroFunctions
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false };

    public static bool Exists(ReadOnlySpan<char> name) => name is "domain_to_ascii" or "domain_to_utf8";

    public static string Call(string name, string argument)
    {
        try
        {
            return name == "domain_to_ascii"
                ? IsAscii(argument) ? argument : Idn.GetAscii(argument)
                : IsAscii(argument) && !argument.Contains("xn--", StringComparison.OrdinalIgnoreCase) ? argument : Idn.GetUnicode(argument);
        }
        catch (ArgumentException)
        {
            throw new MacroException($"bad domain argument in \"{name}{{{argument}}}\"");
        }
    }

    private static bool IsAscii(string text) => System.Text.Ascii.IsValid(text);
}
