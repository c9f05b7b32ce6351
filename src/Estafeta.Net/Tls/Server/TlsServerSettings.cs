using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Net.Tls.Server;

public enum TlsServerLevel
{
    None,

    /// <summary>Offered.</summary>
    May,

    /// <summary>Demanded before anything but NOOP, EHLO, STARTTLS and QUIT.</summary>
    Encrypt,
}

/// <summary>smtpd_tls_* and the tls_* that go with them: what a server daemon needs to know about TLS.</summary>
public sealed record TlsServerSettings
{
    public TlsServerLevel Level { get; init; }

    /// <summary>TLS from the first octet (port 465).</summary>
    public bool IsWrapped { get; init; }

    /// <summary>AUTH is neither offered nor accepted in clear.</summary>
    public bool IsAuthOnlyUnderTls { get; init; }

    public bool AsksClientCertificate { get; init; }

    /// <summary>Only with <see cref="TlsServerLevel.Encrypt"/>.</summary>
    public bool RequiresClientCertificate { get; init; }

    public bool ShowsInReceived { get; init; }

    public required string FingerprintDigest { get; init; }

    /// <summary>0 to 4; 1 logs a line per handshake.</summary>
    public int LogLevel { get; init; }

    /// <summary>tls_trust_server_ccerts: client certificates that are made for servers only count as client certificates.</summary>
    public bool TakesServerCertificates { get; init; }

    public TimeSpan HandshakeTimeout { get; init; }

    public required string ServerNameMaps { get; init; }

    public required TlsContextOptions Context { get; init; }

    /// <summary>A certificate is configured; <c>none</c> means that there shall be none.</summary>
    public bool HasCertificate => Context.ChainFiles.Count > 0 || Context.CertificatePairs.Count > 0;

    /// <summary>smtpd_tls_cert_file = none: no certificate on purpose, anonymous ciphers only. Not with client certificates.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>
    /// Throws <see cref="ConfigurationException"/>, and <see cref="TlsException"/> for an OpenSSL configuration that cannot be used.
    /// </summary>
    public static TlsServerSettings Load(ParameterSet parameters)
    {
        TlsLibrary.Configure(parameters);
        var level = LevelOf(parameters);
        var isMandatory = level == TlsServerLevel.Encrypt;
        var exclusions = parameters.Get(Parameters.SmtpdTlsExcludeCiphers) + (isMandatory ? " " + parameters.Get(Parameters.SmtpdTlsMandatoryExcludeCiphers) : "");
        var requires = isMandatory && parameters.Get(Parameters.SmtpdTlsReqCcert);
        var asks = requires || parameters.Get(Parameters.SmtpdTlsAskCcert);
        var grade = parameters.Get(isMandatory ? Parameters.SmtpdTlsMandatoryCiphers : Parameters.SmtpdTlsCiphers);
        if (!TlsCipherGrades.IsGrade(grade))
        {
            throw new ConfigurationException($"invalid TLS cipher grade: \"{grade}\"");
        }

        return new TlsServerSettings
        {
            Level = level,
            IsWrapped = parameters.Get(Parameters.SmtpdTlsWrappermode),
            IsAuthOnlyUnderTls = isMandatory || parameters.Get(Parameters.SmtpdTlsAuthOnly),
            AsksClientCertificate = asks,
            IsAnonymous = !asks && parameters.Get(Parameters.SmtpdTlsCertFile) == "none",
            RequiresClientCertificate = requires,
            ShowsInReceived = parameters.Get(Parameters.SmtpdTlsReceivedHeader),
            FingerprintDigest = parameters.Get(Parameters.SmtpdTlsFingerprintDigest),
            LogLevel = TlsLogLevel.Parse(parameters.Get(Parameters.SmtpdTlsLoglevel)),
            TakesServerCertificates = parameters.Get(Parameters.TlsTrustServerCcerts),
            HandshakeTimeout = parameters.Get(Parameters.SmtpdStarttlsTimeout),
            ServerNameMaps = parameters.Get(Parameters.TlsServerSniMaps),
            Context = new TlsContextOptions
            {
                IsServer = true,
                ChainFiles = ChainFiles(parameters),
                CertificatePairs = Pairs(parameters),
                CaFile = parameters.Get(Parameters.SmtpdTlsCAfile),
                CaPath = parameters.Get(Parameters.SmtpdTlsCApath),
                UsesDefaultCas = parameters.Get(Parameters.TlsAppendDefaultCA),
                VerifyDepth = parameters.Get(Parameters.SmtpdTlsCcertVerifydepth),
                Protocols = TlsProtocols.Parse(
                    (isMandatory ? Parameters.SmtpdTlsMandatoryProtocols : Parameters.SmtpdTlsProtocols).Name,
                    parameters.Get(isMandatory ? Parameters.SmtpdTlsMandatoryProtocols : Parameters.SmtpdTlsProtocols)),

                // A client that must show a certificate cannot stay anonymous itself.
                CipherList = TlsCipherGrades.Load(parameters).CipherList(grade, exclusions, requires ? "aNULL" : ""),
                Groups = Groups(parameters),
                PrefersServerCiphers = parameters.Get(Parameters.TlsPreemptCipherlist),
                SessionTimeout = parameters.Get(Parameters.SmtpdTlsSessionCacheTimeout),
                ExtraOptions = TlsSslOptions.Parse(parameters.Get(Parameters.TlsSslOptions)) | TlsWorkarounds.Without(parameters.Get(Parameters.TlsDisableWorkarounds)),
                TicketCipher = parameters.Get(Parameters.TlsSessionTicketCipher),
                PrefersRawKeys = parameters.Get(Parameters.SmtpdTlsEnableRpk),
                CachesSessions = parameters.Get(Parameters.SmtpdTlsSessionCacheDatabase).Length > 0,
                IssuesSessionIds = parameters.Get(Parameters.SmtpdTlsAlwaysIssueSessionIds),
                DhParameterFile = parameters.Get(Parameters.SmtpdTlsDh1024ParamFile),
            },
        };
    }

    private static string[] Words(string list) => list.Split((char[])[' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static TlsServerLevel LevelOf(ParameterSet parameters)
    {
        var level = parameters.Get(Parameters.SmtpdTlsSecurityLevel).ToLowerInvariant();
        if (parameters.Get(Parameters.SmtpdTlsWrappermode))
        {
            return TlsServerLevel.Encrypt;
        }

        return level switch
        {
            "none" => TlsServerLevel.None,
            "may" => TlsServerLevel.May,
            "" => parameters.Get(Parameters.SmtpdEnforceTls) ? TlsServerLevel.Encrypt
                : parameters.Get(Parameters.SmtpdUseTls) ? TlsServerLevel.May : TlsServerLevel.None,

            // Levels about the other side's certificate make no sense for a server: the strongest it has.
            "encrypt" or "fingerprint" or "dane" or "dane-only" or "verify" or "secure" => TlsServerLevel.Encrypt,
            _ => throw new ConfigurationException($"invalid TLS level \"{level}\""),
        };
    }

    private static string[] ChainFiles(ParameterSet parameters) =>
        [.. Words(parameters.Get(Parameters.SmtpdTlsChainFiles)).Where(file => file != "none")];

    private static List<(string, string)> Pairs(ParameterSet parameters)
    {
        var pairs = new List<(string, string)>();
        if (ChainFiles(parameters).Length > 0)
        {
            return pairs; // the older parameters are then ignored
        }

        Add(Parameters.SmtpdTlsCertFile, Parameters.SmtpdTlsKeyFile);
        Add(Parameters.SmtpdTlsDcertFile, Parameters.SmtpdTlsDkeyFile);
        Add(Parameters.SmtpdTlsEccertFile, Parameters.SmtpdTlsEckeyFile);
        return pairs;

        void Add(StringParameter certificate, StringParameter key)
        {
            if (parameters.Get(certificate) is { Length: > 0 } file && file != "none")
            {
                pairs.Add((file, parameters.Get(key)));
            }
        }
    }

    private static string Groups(ParameterSet parameters) => parameters.Get(Parameters.SmtpdTlsEecdhGrade).ToLowerInvariant() switch
    {
        "strong" => parameters.Get(Parameters.TlsEecdhStrongCurve),
        "ultra" => parameters.Get(Parameters.TlsEecdhUltraCurve),
        _ => TlsGroups.Read(parameters),
    };
}
