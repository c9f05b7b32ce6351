using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// postscreen_tls_* (3.12; before, tlsproxy_tls_*) say about postscreen's TLS what smtpd_tls_* say about smtpd's, and default to them: the
/// TLS server is given a set of parameters where they stand in the other's place.
/// </summary>
internal static class PostscreenTls
{
    private static readonly (Parameter Own, Parameter Smtpd)[] Pairs =
    [
        (Parameters.PostscreenEnforceTls, Parameters.SmtpdEnforceTls),
        (Parameters.PostscreenStarttlsTimeout, Parameters.SmtpdStarttlsTimeout),
        (Parameters.PostscreenTlsAlwaysIssueSessionIds, Parameters.SmtpdTlsAlwaysIssueSessionIds),
        (Parameters.PostscreenTlsAskCcert, Parameters.SmtpdTlsAskCcert),
        (Parameters.PostscreenTlsCAfile, Parameters.SmtpdTlsCAfile),
        (Parameters.PostscreenTlsCApath, Parameters.SmtpdTlsCApath),
        (Parameters.PostscreenTlsCcertVerifydepth, Parameters.SmtpdTlsCcertVerifydepth),
        (Parameters.PostscreenTlsCertFile, Parameters.SmtpdTlsCertFile),
        (Parameters.PostscreenTlsChainFiles, Parameters.SmtpdTlsChainFiles),
        (Parameters.PostscreenTlsCiphers, Parameters.SmtpdTlsCiphers),
        (Parameters.PostscreenTlsDcertFile, Parameters.SmtpdTlsDcertFile),
        (Parameters.PostscreenTlsDh1024ParamFile, Parameters.SmtpdTlsDh1024ParamFile),
        (Parameters.PostscreenTlsDkeyFile, Parameters.SmtpdTlsDkeyFile),
        (Parameters.PostscreenTlsEccertFile, Parameters.SmtpdTlsEccertFile),
        (Parameters.PostscreenTlsEckeyFile, Parameters.SmtpdTlsEckeyFile),
        (Parameters.PostscreenTlsEecdhGrade, Parameters.SmtpdTlsEecdhGrade),
        (Parameters.PostscreenTlsEnableRpk, Parameters.SmtpdTlsEnableRpk),
        (Parameters.PostscreenTlsExcludeCiphers, Parameters.SmtpdTlsExcludeCiphers),
        (Parameters.PostscreenTlsFingerprintDigest, Parameters.SmtpdTlsFingerprintDigest),
        (Parameters.PostscreenTlsKeyFile, Parameters.SmtpdTlsKeyFile),
        (Parameters.PostscreenTlsLoglevel, Parameters.SmtpdTlsLoglevel),
        (Parameters.PostscreenTlsLoglevelMaps, Parameters.SmtpdTlsLoglevelMaps),
        (Parameters.PostscreenTlsMandatoryCiphers, Parameters.SmtpdTlsMandatoryCiphers),
        (Parameters.PostscreenTlsMandatoryExcludeCiphers, Parameters.SmtpdTlsMandatoryExcludeCiphers),
        (Parameters.PostscreenTlsMandatoryProtocols, Parameters.SmtpdTlsMandatoryProtocols),
        (Parameters.PostscreenTlsProtocols, Parameters.SmtpdTlsProtocols),
        (Parameters.PostscreenTlsReqCcert, Parameters.SmtpdTlsReqCcert),
        (Parameters.PostscreenTlsSecurityLevel, Parameters.SmtpdTlsSecurityLevel),
        (Parameters.PostscreenTlsTraceSizeLimit, Parameters.SmtpdTlsTraceSizeLimit),
        (Parameters.PostscreenUseTls, Parameters.SmtpdUseTls),
    ];

    public static ParameterSet AsSmtpd(ParameterSet parameters)
    {
        var overrides = Pairs.Select(p => KeyValuePair.Create(p.Smtpd.Name, parameters.Expand(parameters.Find(p.Own.Name) ?? ""))).ToList();

        // Clients of postscreen begin in the clear.
        overrides.Add(new(Parameters.SmtpdTlsWrappermode.Name, "no"));
        return parameters.With(overrides);
    }
}
