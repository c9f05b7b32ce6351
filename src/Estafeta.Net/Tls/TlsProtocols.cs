using Estafeta.Configuration;

namespace Estafeta.Net.Tls;

/// <summary>
/// smtpd_tls_protocols and its kin: <c>&gt;=TLSv1.2</c>, <c>&lt;=TLSv1.3</c>, or lists of names to use and <c>!names</c> not to use,
/// turned into a lowest version, a highest one, and versions left out between.
/// </summary>
/// <param name="Minimum">OpenSSL's number of the lowest version, 0 for the library's own.</param>
/// <param name="Maximum">Of the highest.</param>
/// <param name="DisabledOptions">SSL_OP_NO_… bits of versions between.</param>
public readonly record struct TlsProtocols(int Minimum, int Maximum, ulong DisabledOptions)
{
    internal const int Version13 = 0x0304;

    private static readonly (string Name, int Version, ulong NoOption)[] Known =
    [
        ("SSLv3", 0x0300, 1UL << 25),
        ("TLSv1", 0x0301, 1UL << 26),
        ("TLSv1.1", 0x0302, 1UL << 28),
        ("TLSv1.2", 0x0303, 1UL << 27),
        ("TLSv1.3", Version13, 1UL << 29),
    ];

    /// <summary>Whether <see cref="Parse"/> takes it.</summary>
    public static bool IsValid(string value)
    {
        try
        {
            Parse("", value);
            return true;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

    public static TlsProtocols Parse(string parameterName, string value)
    {
        var minimum = 0;
        var maximum = 0;
        ulong excluded = 0;
        ulong included = 0;
        foreach (var word in value.Split([' ', ',', ':', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith(">=", StringComparison.Ordinal))
            {
                minimum = Version(parameterName, word[2..], value);
            }
            else if (word.StartsWith("<=", StringComparison.Ordinal))
            {
                maximum = Version(parameterName, word[2..], value);
            }
            else if (word.StartsWith('!'))
            {
                excluded |= NoOption(parameterName, word[1..], value);
            }
            else
            {
                included |= NoOption(parameterName, word, value);
            }
        }

        if (included != 0)
        {
            excluded |= Known.Where(k => (included & k.NoOption) == 0).Aggregate(0UL, (all, k) => all | k.NoOption);
        }

        return new TlsProtocols(minimum, maximum, excluded);
    }

    private static int Version(string parameterName, string name, string value) => Find(name) is { } known
        ? known.Version
        : name.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(2), System.Globalization.NumberStyles.HexNumber, null, out var number)
            ? number
            : throw Invalid(parameterName, name, value);

    // SSLv2 is gone from the library: excluding it is no news, including it does nothing.
    private static ulong NoOption(string parameterName, string name, string value) =>
        name.Equals("SSLv2", StringComparison.OrdinalIgnoreCase) ? 0 : Find(name)?.NoOption ?? throw Invalid(parameterName, name, value);

    private static (string Name, int Version, ulong NoOption)? Find(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || (known.Name == "TLSv1" && name.Equals("TLSv1.0", StringComparison.OrdinalIgnoreCase)))
            {
                return known;
            }
        }

        return null;
    }

    private static ConfigurationException Invalid(string parameterName, string name, string value) =>
        new($"{parameterName}: unknown TLS protocol \"{name}\" in \"{value}\"");
}
