using System.Globalization;
using System.Text;

namespace Estafeta.Configuration.Domains;

/// <summary>
/// International domain names in their two forms, as Postfix converts them: UTS 46 without transition (IDNA 2008), by ICU. Where ICU is not installed the
/// runtime's own rules are used, which are those of IDNA 2003. Names in plain ASCII need neither and stay as they are.
/// </summary>
public static class InternationalDomain
{
    private static readonly Lazy<IcuDomainRules?> Icu = new(static () => IcuDomainRules.TryLoad(isTransitional: false));

    private static readonly Lazy<IcuDomainRules?> TransitionalIcu = new(static () => IcuDomainRules.TryLoad(isTransitional: true));

    private static readonly IdnMapping BuiltIn = new() { UseStd3AsciiRules = false };

    /// <summary>Whether the rules are those of IDNA 2008.</summary>
    public static bool HasCurrentRules => Icu.Value != null;

    /// <param name="domain">The name.</param>
    /// <param name="isTransitional">Parameter enable_idna2003_compatibility.</param>
    /// <returns>Null for what is no domain name.</returns>
    public static string? ToAscii(string domain, bool isTransitional = false) =>
        Ascii.IsValid(domain) ? domain
        : Rules(isTransitional) is { } icu ? icu.ToAscii(domain)
        : Guarded(BuiltIn.GetAscii, domain);

    /// <returns>Null for what is no domain name.</returns>
    public static string? ToUnicode(string domain, bool isTransitional = false) =>
        Ascii.IsValid(domain) && !domain.Contains("xn--", StringComparison.OrdinalIgnoreCase) ? domain
        : Rules(isTransitional) is { } icu ? icu.ToUnicode(domain)
        : Guarded(BuiltIn.GetUnicode, domain);

    private static IcuDomainRules? Rules(bool isTransitional) => (isTransitional ? TransitionalIcu : Icu).Value;

    private static string? Guarded(Func<string, string> convert, string domain)
    {
        try
        {
            return convert(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
