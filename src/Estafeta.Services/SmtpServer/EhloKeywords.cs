using Estafeta.Configuration;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.SmtpServer;

/// <summary>What the EHLO reply can announce, as smtpd_discard_ehlo_keywords names it.</summary>
[Flags]
public enum EhloKeywords
{
    None = 0,
    EightBitMime = 1,
    Size = 1 << 1,
    Verify = 1 << 2,
    Etrn = 1 << 3,
    Auth = 1 << 4,
    Starttls = 1 << 5,
    Pipelining = 1 << 6,
    EnhancedStatusCodes = 1 << 7,
    Dsn = 1 << 8,
    Xclient = 1 << 9,
    Xforward = 1 << 10,
    SmtpUtf8 = 1 << 11,
    Chunking = 1 << 12,
    RequireTls = 1 << 13,

    /// <summary><c>silent-discard</c>: do not log what is left out.</summary>
    SilentDiscard = 1 << 14,

    All = (1 << 14) - 1,
}

public static class EhloKeywordNames
{
    private static readonly (string Name, EhloKeywords Keyword)[] Names =
    [
        ("8BITMIME", EhloKeywords.EightBitMime),
        ("AUTH", EhloKeywords.Auth),
        ("ETRN", EhloKeywords.Etrn),
        ("PIPELINING", EhloKeywords.Pipelining),
        ("SIZE", EhloKeywords.Size),
        ("VRFY", EhloKeywords.Verify),
        ("XCLIENT", EhloKeywords.Xclient),
        ("XFORWARD", EhloKeywords.Xforward),
        ("STARTTLS", EhloKeywords.Starttls),
        ("ENHANCEDSTATUSCODES", EhloKeywords.EnhancedStatusCodes),
        ("DSN", EhloKeywords.Dsn),
        ("SMTPUTF8", EhloKeywords.SmtpUtf8),
        ("CHUNKING", EhloKeywords.Chunking),
        ("REQUIRETLS", EhloKeywords.RequireTls),
        ("silent-discard", EhloKeywords.SilentDiscard),
    ];

    public static EhloKeywords Parse(string list)
    {
        var keywords = EhloKeywords.None;
        foreach (var word in WordList.Split(list))
        {
            var match = Array.Find(Names, n => n.Name.Equals(word, StringComparison.OrdinalIgnoreCase));
            keywords |= match.Name != null ? match.Keyword : throw new ConfigurationException($"unknown EHLO keyword: \"{word}\" in \"{list}\"");
        }

        return keywords;
    }

    /// <summary>For the log line about what was left out: names in the order of the table, spaces between.</summary>
    public static string Describe(EhloKeywords keywords) =>
        string.Join(' ', Names.Where(n => n.Keyword != EhloKeywords.SilentDiscard && keywords.HasFlag(n.Keyword)).Select(n => n.Name));
}
