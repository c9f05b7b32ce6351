namespace Estafeta.Daemons.Smtp;

/// <summary>TLS security levels of the client, in the order of what they demand (TLS_README).</summary>
internal enum TlsLevel
{
    None,
    May,
    Encrypt,
    Fingerprint,

    /// <summary>DANE with the host's records validated but not the MX records: a log word only.</summary>
    HalfDane,
    Dane,
    DaneOnly,
    Verify,
    Secure,
}

internal static class TlsLevels
{
    /// <summary>Of a configured name; halfdane is none that can be configured.</summary>
    public static TlsLevel? Find(string name) => name.ToLowerInvariant() switch
    {
        "none" => TlsLevel.None,
        "may" => TlsLevel.May,
        "encrypt" => TlsLevel.Encrypt,
        "fingerprint" => TlsLevel.Fingerprint,
        "dane" => TlsLevel.Dane,
        "dane-only" => TlsLevel.DaneOnly,
        "verify" => TlsLevel.Verify,
        "secure" => TlsLevel.Secure,
        _ => null,
    };

    public static string Name(this TlsLevel level) => level switch
    {
        TlsLevel.HalfDane => "halfdane",
        TlsLevel.DaneOnly => "dane-only",
        _ => level.ToString().ToLowerInvariant(),
    };

    /// <summary>Cleartext is not acceptable.</summary>
    public static bool RequiresTls(this TlsLevel level) => level >= TlsLevel.Encrypt;

    /// <summary>The server has to prove who it is.</summary>
    public static bool RequiresMatch(this TlsLevel level) => level > TlsLevel.Encrypt;

    /// <summary>As <c>tls=</c> of the log has it: what was demanded, and whether it came true.</summary>
    public static string Undecided(this TlsLevel level) => level.Name() + "?";

    /// <summary>No TLS: what was demanded is violated, or the session goes on in clear.</summary>
    public static string InClear(this TlsLevel level) => level.RequiresTls() ? level.Violated() : level.Name() + ":none";

    public static string Violated(this TlsLevel level) => "!" + level.Name();

    public static bool IsDane(this TlsLevel level) => level is TlsLevel.HalfDane or TlsLevel.Dane or TlsLevel.DaneOnly;
}
