using Estafeta.Configuration.Domains;

namespace Estafeta.Configuration.Macros;

/// <summary>The functions of Postfix 3.11 and later, <c>${name{text}}</c>: text is expanded, then converted.</summary>
internal static class MacroFunctions
{
    public static bool Exists(ReadOnlySpan<char> name) => name is "domain_to_ascii" or "domain_to_utf8";

    public static string Call(string name, string argument) =>
        (name == "domain_to_ascii" ? InternationalDomain.ToAscii(argument) : InternationalDomain.ToUnicode(argument))
        ?? throw new MacroException($"bad domain argument in \"{name}{{{argument}}}\"");
}
