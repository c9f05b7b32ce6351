using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_tls_*, lmtp_tls_* and the tls_* they share.</summary>
internal sealed record ClientTlsSettings
{
    public required TlsLevel Level { get; init; }

    public bool IsWrapped { get; init; }

    /// <summary>0 to 4; 1 logs a line per handshake.</summary>
    public int LogLevel { get; init; }

    public bool NotesOffers { get; init; }

    public bool AllowsConnectionReuse { get; init; }

    /// <summary>Sessions are resumed when a session cache is configured; ours is in memory whatever its type.</summary>
    public bool ResumesSessions { get; init; }

    public TimeSpan SessionLifetime { get; init; }

    public required string Protocols { get; init; }

    public required string MandatoryProtocols { get; init; }

    public required string Ciphers { get; init; }

    public required string MandatoryCiphers { get; init; }

    public required string ExcludedCiphers { get; init; }

    public required string MandatoryExcludedCiphers { get; init; }

    public required string VerifyMatch { get; init; }

    public required string SecureMatch { get; init; }

    public required string FingerprintMatch { get; init; }

    public required string FingerprintDigest { get; init; }

    /// <summary>The parameter of it, when only an old compatibility_level makes it md5.</summary>
    public string? OldFingerprintDefault { get; init; }

    public required string ServerName { get; init; }

    public required IReadOnlyList<string> TrustAnchorFiles { get; init; }

    public TlsLevel InsecureMxLevel { get; init; }

    /// <summary>tls_dane_digests: matching types of TLSA records by preference, 1 for SHA-256 and 2 for SHA-512.</summary>
    public IReadOnlyList<byte> DaneDigests { get; init; } = [2, 1];

    public bool LooksUpTlsaOfInsecureHosts { get; init; }

    /// <summary>Oldest message that is still not sent in clear after a failed opportunistic handshake.</summary>
    public TimeSpan PlaintextFallbackAge { get; init; }

    public bool WildcardsMatchManyLabels { get; init; }

    public bool EnforcesPeerName { get; init; }

    /// <summary>smtp_tls_enable_rpk: servers are asked for their bare keys, where no names are looked at.</summary>
    public bool PrefersRawKeys { get; init; }

    public int TraceSizeLimit { get; init; }

    public int TraceRateLimit { get; init; }

    /// <summary>estafeta_mta_sts: MTA-STS policies are looked up.</summary>
    public bool UsesMtaSts { get; init; }

    /// <summary>smtp_tls_enforce_sts_mx_patterns: an STS entry of smtp_tls_policy_maps is held against the MX host as well.</summary>
    public bool EnforcesStsMxPatterns { get; init; }

    /// <summary>smtp_tlsrpt_enable.</summary>
    public bool Reports { get; init; }

    public bool ReportsResumed { get; init; }

    /// <summary>smtp_tlsrpt_socket_name: the collector of reports; empty for our own.</summary>
    public string ReportSocket { get; init; } = "";

    public required TlsCipherGrades Grades { get; init; }

    /// <summary>Certificates, trust and the like, without what policies decide.</summary>
    public required TlsContextOptions Context { get; init; }

    /// <summary>There is a certificate to show to servers.</summary>
    public bool HasCertificate => Context.ChainFiles.Count > 0 || Context.CertificatePairs.Count > 0;

    public static ClientTlsSettings Load(SmtpParameters p)
    {
        TlsLibrary.Configure(p.All);
        return Read(p);
    }

    private static ClientTlsSettings Read(SmtpParameters p) => new()
    {
        Level = GlobalLevel(p),
        IsWrapped = p.Flag(Parameters.SmtpTlsWrappermode, Parameters.LmtpTlsWrappermode),
        LogLevel = TlsLogLevel.Parse(p.Text(Parameters.SmtpTlsLoglevel, Parameters.LmtpTlsLoglevel)),
        NotesOffers = p.Flag(Parameters.SmtpTlsNoteStarttlsOffer, Parameters.LmtpTlsNoteStarttlsOffer),
        AllowsConnectionReuse = p.Flag(Parameters.SmtpTlsConnectionReuse, Parameters.LmtpTlsConnectionReuse),
        ResumesSessions = p.Text(Parameters.SmtpTlsSessionCacheDatabase, Parameters.LmtpTlsSessionCacheDatabase).Length > 0,
        SessionLifetime = p.Time(Parameters.SmtpTlsSessionCacheTimeout, Parameters.LmtpTlsSessionCacheTimeout),
        Protocols = p.Text(Parameters.SmtpTlsProtocols, Parameters.LmtpTlsProtocols),
        MandatoryProtocols = p.Text(Parameters.SmtpTlsMandatoryProtocols, Parameters.LmtpTlsMandatoryProtocols),
        Ciphers = p.Text(Parameters.SmtpTlsCiphers, Parameters.LmtpTlsCiphers),
        MandatoryCiphers = p.Text(Parameters.SmtpTlsMandatoryCiphers, Parameters.LmtpTlsMandatoryCiphers),
        ExcludedCiphers = p.Text(Parameters.SmtpTlsExcludeCiphers, Parameters.LmtpTlsExcludeCiphers),
        MandatoryExcludedCiphers = p.Text(Parameters.SmtpTlsMandatoryExcludeCiphers, Parameters.LmtpTlsMandatoryExcludeCiphers),
        VerifyMatch = p.Text(Parameters.SmtpTlsVerifyCertMatch, Parameters.LmtpTlsVerifyCertMatch),
        SecureMatch = p.Text(Parameters.SmtpTlsSecureCertMatch, Parameters.LmtpTlsSecureCertMatch),
        FingerprintMatch = p.Text(Parameters.SmtpTlsFingerprintCertMatch, Parameters.LmtpTlsFingerprintCertMatch),
        FingerprintDigest = p.Text(Parameters.SmtpTlsFingerprintDigest, Parameters.LmtpTlsFingerprintDigest),
        OldFingerprintDefault = OldDefault(p, Parameters.SmtpTlsFingerprintDigest, Parameters.LmtpTlsFingerprintDigest),
        ServerName = p.Text(Parameters.SmtpTlsServername, Parameters.LmtpTlsServername),
        TrustAnchorFiles = Words(p.Text(Parameters.SmtpTlsTrustAnchorFile, Parameters.LmtpTlsTrustAnchorFile)),
        InsecureMxLevel = ReadInsecureMxLevel(p.All.Get(Parameters.SmtpTlsDaneInsecureMxPolicy)),
        DaneDigests = [.. Words(p.All.Get(Parameters.TlsDaneDigests)).Select(MatchingType).Where(type => type != 0)],
        LooksUpTlsaOfInsecureHosts = p.Flag(Parameters.SmtpTlsForceInsecureHostTlsaLookup, Parameters.LmtpTlsForceInsecureHostTlsaLookup),
        PlaintextFallbackAge = p.All.Get(Parameters.MinimalBackoffTime),
        WildcardsMatchManyLabels = p.All.Get(Parameters.TlsWildcardMatchesMultipleLabels),
        EnforcesPeerName = p.Flag(Parameters.SmtpTlsEnforcePeername, Parameters.LmtpTlsEnforcePeername),
        PrefersRawKeys = p.Flag(Parameters.SmtpTlsEnableRpk, Parameters.LmtpTlsEnableRpk),
        TraceSizeLimit = p.Number(Parameters.SmtpTlsTraceSizeLimit, Parameters.LmtpTlsTraceSizeLimit),
        TraceRateLimit = p.All.Get(Parameters.TlsTraceRateLimit),
        UsesMtaSts = p.All.Get(Parameters.EstafetaMtaSts) && !p.IsLmtp,
        EnforcesStsMxPatterns = p.Flag(Parameters.SmtpTlsEnforceStsMxPatterns, Parameters.LmtpTlsEnforceStsMxPatterns),
        Reports = p.Flag(Parameters.SmtpTlsrptEnable, Parameters.LmtpTlsrptEnable),
        ReportsResumed = !p.Flag(Parameters.SmtpTlsrptSkipReusedHandshakes, Parameters.LmtpTlsrptSkipReusedHandshakes),
        ReportSocket = p.Text(Parameters.SmtpTlsrptSocketName, Parameters.LmtpTlsrptSocketName),
        Grades = TlsCipherGrades.Load(p.All),
        Context = LoadContext(p),
    };

    private static string? OldDefault(SmtpParameters p, StringParameter smtp, StringParameter lmtp) =>
        (p.IsLmtp ? lmtp : smtp) is var parameter && Compatibility.HasOldDefault(p.All, parameter) ? parameter.Name : null;

    private static TlsLevel ReadInsecureMxLevel(string value) => TlsLevels.Find(value) is { } level and (TlsLevel.May or TlsLevel.Encrypt or TlsLevel.Dane)
        ? level
        : throw new ConfigurationException($"invalid {Parameters.SmtpTlsDaneInsecureMxPolicy.Name}: \"{value}\"");

    // name=number gives a digest's number in TLSA records; those two have theirs from RFC 6698.
    private static byte MatchingType(string word) => word.Split('=')[0].ToLowerInvariant() switch
    {
        "sha256" => 1,
        "sha512" => 2,
        _ => 0,
    };

    internal static IReadOnlyList<string> Words(string list) =>
        list.Split((char[])[' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    // The old pair of switches counts only where the level is not set.
    private static TlsLevel GlobalLevel(SmtpParameters p)
    {
        var level = p.Text(Parameters.SmtpTlsSecurityLevel, Parameters.LmtpTlsSecurityLevel);
        if (level.Length > 0)
        {
            return TlsLevels.Find(level) ?? throw new ConfigurationException($"Invalid TLS level \"{level}\"");
        }

        return p.Flag(Parameters.SmtpEnforceTls, Parameters.LmtpEnforceTls)
            ? p.Flag(Parameters.SmtpTlsEnforcePeername, Parameters.LmtpTlsEnforcePeername) ? TlsLevel.Verify : TlsLevel.Encrypt
            : p.Flag(Parameters.SmtpUseTls, Parameters.LmtpUseTls) ? TlsLevel.May : TlsLevel.None;
    }

    private static TlsContextOptions LoadContext(SmtpParameters p)
    {
        var pairs = new List<(string, string)>();
        Add(Parameters.SmtpTlsCertFile, Parameters.LmtpTlsCertFile, Parameters.SmtpTlsKeyFile, Parameters.LmtpTlsKeyFile);
        Add(Parameters.SmtpTlsDcertFile, Parameters.LmtpTlsDcertFile, Parameters.SmtpTlsDkeyFile, Parameters.LmtpTlsDkeyFile);
        Add(Parameters.SmtpTlsEccertFile, Parameters.LmtpTlsEccertFile, Parameters.SmtpTlsEckeyFile, Parameters.LmtpTlsEckeyFile);
        return new TlsContextOptions
        {
            IsServer = false,
            ChainFiles = Words(p.Text(Parameters.SmtpTlsChainFiles, Parameters.LmtpTlsChainFiles)),
            CertificatePairs = pairs,
            CaFile = p.Text(Parameters.SmtpTlsCAfile, Parameters.LmtpTlsCAfile),
            CaPath = p.Text(Parameters.SmtpTlsCApath, Parameters.LmtpTlsCApath),
            UsesDefaultCas = p.All.Get(Parameters.TlsAppendDefaultCA),
            VerifyDepth = p.Number(Parameters.SmtpTlsScertVerifydepth, Parameters.LmtpTlsScertVerifydepth),
            Groups = TlsGroups.Read(p.All),
            ExtraOptions = TlsSslOptions.Parse(p.All.Get(Parameters.TlsSslOptions)) | TlsWorkarounds.Without(p.All.Get(Parameters.TlsDisableWorkarounds)),
        };

        void Add(StringParameter smtpCertificate, StringParameter lmtpCertificate, StringParameter smtpKey, StringParameter lmtpKey)
        {
            if (p.Text(smtpCertificate, lmtpCertificate) is { Length: > 0 } file)
            {
                pairs.Add((file, p.Text(smtpKey, lmtpKey)));
            }
        }
    }
}
