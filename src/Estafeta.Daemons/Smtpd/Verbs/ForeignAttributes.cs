using System.Globalization;
using System.Net;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>The <c>NAME=value</c> arguments of XCLIENT and XFORWARD: xtext, and words for "there is none" (XCLIENT_README, XFORWARD_README).</summary>
internal static class ForeignAttributes
{
    public const string Unavailable = "[UNAVAILABLE]";
    public const string TemporarilyUnavailable = "[TEMPUNAVAIL]";

    private const int ValueLimit = 255;

    /// <summary>Null when the word was read; else the reply.</summary>
    public static string? Read(CommandWord word, out string name, out string value)
    {
        value = "";
        var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            name = "";
            return "501 5.5.4 Error: attribute=value expected";
        }

        name = word.Text[..equals].ToUpperInvariant();
        var text = word.Text[(equals + 1)..];
        if (text.Length > ValueLimit)
        {
            return "501 5.5.4 Error: attribute value too long";
        }

        return Xtext.TryDecode(text, out value) && !Xtext.HasControls(value) ? null : BadValue(name, text);
    }

    public static string BadValue(string name, string value) => $"501 5.5.4 Bad {name} syntax: {value}";

    public static string BadName(string verb, string name) => $"501 5.5.4 Bad {verb} attribute name: {name}";

    public static bool IsUnavailable(string value) =>
        value.Equals(Unavailable, StringComparison.OrdinalIgnoreCase) || value.Equals(TemporarilyUnavailable, StringComparison.OrdinalIgnoreCase);

    public static bool TryReadAddress(string value, out IPAddress address) =>
        value.StartsWith("IPV6:", StringComparison.OrdinalIgnoreCase)
            ? DomainName.TryParseIPv6(value.AsSpan(5), out address)
            : DomainName.TryParseIPv4(value, out address) || DomainName.TryParseIPv6(value, out address);

    public static bool IsPort(string value) =>
        value.Length is > 0 and <= 5 && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
