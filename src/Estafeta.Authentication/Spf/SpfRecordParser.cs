using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Estafeta.Authentication.Spf;

/// <summary>The grammar of RFC 7208 §12. A record with a mistake anywhere is no record: permerror before anything is evaluated.</summary>
internal static class SpfRecordParser
{
    private const string Version = "v=spf1";

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Whether a TXT record is an SPF record at all: the version, and a blank or the end behind it.</summary>
    public static bool IsRecord(ReadOnlySpan<char> text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <param name="text">A record for which <see cref="IsRecord"/> holds.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>Null when something is.</returns>
    public static SpfRecord? Parse(string text, out string problem)
    {
        problem = "";
        var directives = new List<SpfDirective>();
        var record = new SpfRecord(directives);
        foreach (var term in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var isRead = FindModifier(term) is > 0 and var equals
                ? TryReadModifier(term, equals, ref record)
                : TryReadDirective(term, directives);
            if (!isRead)
            {
                problem = $"invalid term {term}";
                return null;
            }
        }

        return record;
    }

    // The place of "=" behind a name; 0 when the term is a directive.
    private static int FindModifier(string term)
    {
        var at = term.AsSpan().IndexOfAny("=:/");
        if (at <= 0 || term[at] != '=' || !char.IsAsciiLetter(term[0]))
        {
            return 0;
        }

        foreach (var c in term.AsSpan(0, at))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return 0;
            }
        }

        return at;
    }

    private static bool TryReadModifier(string term, int equals, ref SpfRecord record)
    {
        var value = term[(equals + 1)..];
        switch (term[..equals].ToLowerInvariant())
        {
            case "redirect" when record.Redirect == null && SpfMacroString.TryParseDomain(value, out var domain):
                record = record with { Redirect = domain };
                return true;
            case "exp" when record.Explanation == null && SpfMacroString.TryParseDomain(value, out var domain):
                record = record with { Explanation = domain };
                return true;
            case "redirect" or "exp":
                return false; // twice, or not a domain
            default:
                return SpfMacroString.TryParse(value, isExplanation: false, out _); // of another day: ignored if it is well-formed
        }
    }

    private static bool TryReadDirective(string term, List<SpfDirective> directives)
    {
        var result = term[0] switch
        {
            '-' => SpfResult.Fail,
            '~' => SpfResult.SoftFail,
            '?' => SpfResult.Neutral,
            _ => SpfResult.Pass,
        };
        var rest = term[0] is '+' or '-' or '~' or '?' ? term[1..] : term;
        var end = rest.AsSpan().IndexOfAny(":/") is >= 0 and var found ? found : rest.Length;
        SpfMechanism? mechanism = rest[..end].ToLowerInvariant() switch
        {
            "all" => SpfMechanism.All,
            "include" => SpfMechanism.Include,
            "a" => SpfMechanism.A,
            "mx" => SpfMechanism.Mx,
            "ptr" => SpfMechanism.Ptr,
            "ip4" => SpfMechanism.Ip4,
            "ip6" => SpfMechanism.Ip6,
            "exists" => SpfMechanism.Exists,
            _ => null,
        };
        if (mechanism is not { } kind || ReadArguments(new SpfDirective(result, kind, term), rest[end..]) is not { } directive)
        {
            return false;
        }

        directives.Add(directive);
        return true;
    }

    private static SpfDirective? ReadArguments(SpfDirective directive, string text)
    {
        switch (directive.Mechanism)
        {
            case SpfMechanism.All:
                return text.Length == 0 ? directive : null;
            case SpfMechanism.Ip4:
            case SpfMechanism.Ip6:
                return text.StartsWith(':') ? ReadNetwork(directive, text[1..]) : null;
            case SpfMechanism.Include:
            case SpfMechanism.Exists:
                return text.StartsWith(':') ? WithDomain(directive, text) : null;
            case SpfMechanism.Ptr:
                return WithDomain(directive, text);
            default:
                return TakePrefix(ref text, "//", 128, out var prefix6) && TakePrefix(ref text, "/", 32, out var prefix4)
                    ? WithDomain(directive with { Prefix4 = prefix4, Prefix6 = prefix6 }, text)
                    : null;
        }
    }

    private static SpfDirective? WithDomain(SpfDirective directive, string text) =>
        text.Length == 0 ? directive
        : text[0] == ':' && SpfMacroString.TryParseDomain(text[1..], out var domain) ? directive with { Domain = domain }
        : null;

    private static SpfDirective? ReadNetwork(SpfDirective directive, string text)
    {
        var isV4 = directive.Mechanism == SpfMechanism.Ip4;
        if (!TakePrefix(ref text, "/", isV4 ? 32 : 128, out var prefix) || ReadAddress(text, isV4) is not { } address)
        {
            return null;
        }

        return isV4 ? directive with { Address = address, Prefix4 = prefix } : directive with { Address = address, Prefix6 = prefix };
    }

    // IPAddress takes more forms than the grammar has.
    private static IPAddress? ReadAddress(string text, bool isV4)
    {
        if (!IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        return isV4
            ? address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text ? address : null
            : address.AddressFamily == AddressFamily.InterNetworkV6 && text.AsSpan().IndexOfAnyExcept(AddressCharacters) < 0 ? address : null;
    }

    /// <summary>Takes <c>/24</c> off the end, where there is one. False for one that is out of range.</summary>
    private static bool TakePrefix(ref string text, string slash, int whole, out int prefix)
    {
        prefix = whole;
        var start = text.Length;
        while (start > 0 && char.IsAsciiDigit(text[start - 1]))
        {
            start--;
        }

        var digits = text.AsSpan(start);
        if (digits.Length == 0 || !text.AsSpan(0, start).EndsWith(slash, StringComparison.Ordinal))
        {
            return true;
        }

        if (digits.Length > 3 || (digits.Length > 1 && digits[0] == '0'))
        {
            return false;
        }

        prefix = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        text = text[..(start - slash.Length)];
        return prefix <= whole;
    }
}
