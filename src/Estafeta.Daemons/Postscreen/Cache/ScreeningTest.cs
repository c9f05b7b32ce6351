namespace Estafeta.Daemons.Postscreen.Cache;

/// <summary>The tests whose results are remembered, in the order of a cache entry's fields.</summary>
internal enum ScreeningTest
{
    /// <summary>The client waits for the greeting.</summary>
    Pregreet,

    /// <summary>DNS lists.</summary>
    Dnsbl,

    /// <summary>One command at a time.</summary>
    Pipelining,

    /// <summary>No commands of other protocols.</summary>
    NonSmtpCommand,

    /// <summary>Lines end in CRLF.</summary>
    BareNewline,
}

[Flags]
internal enum ScreeningTests
{
    None = 0,
    Pregreet = 1 << ScreeningTest.Pregreet,
    Dnsbl = 1 << ScreeningTest.Dnsbl,
    Pipelining = 1 << ScreeningTest.Pipelining,
    NonSmtpCommand = 1 << ScreeningTest.NonSmtpCommand,
    BareNewline = 1 << ScreeningTest.BareNewline,

    /// <summary>Before the greeting.</summary>
    Early = Pregreet | Dnsbl,

    /// <summary>After it.</summary>
    Deep = Pipelining | NonSmtpCommand | BareNewline,
}

internal static class ScreeningTestSets
{
    public static bool Has(this ScreeningTests tests, ScreeningTest test) => (tests & test.AsSet()) != 0;

    public static ScreeningTests AsSet(this ScreeningTest test) => (ScreeningTests)(1 << (int)test);
}
