namespace Estafeta.Daemons.Smtp;

/// <summary>Keywords of EHLO replies (case-insensitive) and of the lists that discard them (smtp_discard_ehlo_keywords).</summary>
internal static class EsmtpFeatureNames
{
    private static readonly (string Keyword, EsmtpFeatures Feature)[] Keywords =
    [
        ("8BITMIME", EsmtpFeatures.EightBitMime),
        ("PIPELINING", EsmtpFeatures.Pipelining),
        ("SIZE", EsmtpFeatures.Size),
        ("STARTTLS", EsmtpFeatures.StartTls),
        ("AUTH", EsmtpFeatures.Auth),
        ("XFORWARD", EsmtpFeatures.Xforward),
        ("DSN", EsmtpFeatures.Dsn),
        ("SMTPUTF8", EsmtpFeatures.SmtpUtf8),
        ("ENHANCEDSTATUSCODES", EsmtpFeatures.EnhancedStatusCodes),
        ("CHUNKING", EsmtpFeatures.Chunking),
        ("REQUIRETLS", EsmtpFeatures.RequireTls),
        ("VRFY", EsmtpFeatures.Verify),
        ("ETRN", EsmtpFeatures.Etrn),
        ("XCLIENT", EsmtpFeatures.Xclient),
        ("silent-discard", EsmtpFeatures.SilentDiscard),
    ];

    private static readonly (string Keyword, EsmtpFeatures Feature)[] XforwardAttributes =
    [
        ("NAME", EsmtpFeatures.XforwardName),
        ("ADDR", EsmtpFeatures.XforwardAddress),
        ("PORT", EsmtpFeatures.XforwardPort),
        ("PROTO", EsmtpFeatures.XforwardProtocol),
        ("HELO", EsmtpFeatures.XforwardHelo),
        ("IDENT", EsmtpFeatures.XforwardIdent),
        ("SOURCE", EsmtpFeatures.XforwardSource),
    ];

    public static EsmtpFeatures Find(ReadOnlySpan<char> keyword) => Find(Keywords, keyword);

    public static EsmtpFeatures FindXforward(ReadOnlySpan<char> attribute) => Find(XforwardAttributes, attribute);

    /// <summary>A list of keywords; unknown ones mean nothing.</summary>
    public static EsmtpFeatures Parse(string list)
    {
        var features = EsmtpFeatures.None;
        foreach (var word in list.Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            features |= Find(word);
        }

        return features;
    }

    /// <summary>The keywords of the set, for the log: <c>PIPELINING DSN</c>.</summary>
    public static string Format(EsmtpFeatures features) =>
        string.Join(' ', Keywords.Where(k => k.Feature != EsmtpFeatures.SilentDiscard && (features & k.Feature) != 0).Select(k => k.Keyword));

    private static EsmtpFeatures Find((string Keyword, EsmtpFeatures Feature)[] table, ReadOnlySpan<char> word)
    {
        foreach (var (keyword, feature) in table)
        {
            if (word.Equals(keyword, StringComparison.OrdinalIgnoreCase))
            {
                return feature;
            }
        }

        return EsmtpFeatures.None;
    }
}
