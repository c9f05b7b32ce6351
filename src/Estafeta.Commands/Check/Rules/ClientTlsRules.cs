using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Encryption and passwords of the SMTP client.</summary>
internal sealed class ClientTlsRules(TimeProvider time)
{
    private static readonly string[] Levels = ["", "none", "may", "encrypt", "fingerprint", "verify", "secure", "dane", "dane-only"];

    private readonly CertificateRules _certificates = new(time);

    public IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (parameters, position, _) in configuration.Scopes("smtp"))
        {
            foreach (var finding in Level(parameters).Concat(Passwords(parameters)).Concat(Files(parameters)).Concat(RawKeyRule.Find(parameters, Parameters.SmtpTlsEnableRpk)).Concat(TlsWordRule.FindInClient(parameters)))
            {
                if (seen.Add(finding.Message))
                {
                    yield return finding.Or(position);
                }
            }
        }

        foreach (var finding in configuration.Scopes("lmtp").SelectMany(s => RawKeyRule.Find(s.Parameters, Parameters.LmtpTlsEnableRpk).Select(f => f.Or(s.Position))).Take(1))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Level(ParameterSet parameters)
    {
        var level = CheckedConfiguration.Value(parameters, Parameters.SmtpTlsSecurityLevel);
        if (!Levels.Contains(level))
        {
            yield return Finding.At(parameters, Parameters.SmtpTlsSecurityLevel, "tls-level", FindingSeverity.Error, $"smtp_tls_security_level has no level {level}", "write may, encrypt, dane, verify or secure");
        }

        if (level is "dane" or "dane-only" && CheckedConfiguration.Value(parameters, Parameters.SmtpDnsSupportLevel) != "dnssec")
        {
            yield return Finding.At(parameters, Parameters.SmtpTlsSecurityLevel, "dane-without-dnssec", FindingSeverity.Error, $"level {level} needs signed DNS answers, which nobody asks for", "set smtp_dns_support_level = dnssec");
        }

        if (level is "verify" or "secure" && CheckedConfiguration.Value(parameters, Parameters.SmtpTlsCAfile).Length == 0 && CheckedConfiguration.Value(parameters, Parameters.SmtpTlsCApath).Length == 0
            && !CheckedConfiguration.IsYes(parameters, Parameters.TlsAppendDefaultCA))
        {
            yield return Finding.At(parameters, Parameters.SmtpTlsSecurityLevel, "no-trust-anchor", FindingSeverity.Error, $"level {level} needs certificate authorities, and there are none: all mail is deferred", "set smtp_tls_CAfile");
        }

        if (CheckedConfiguration.IsYes(parameters, Parameters.SmtpTlsWrappermode) && level is "" or "none" or "may")
        {
            yield return Finding.At(parameters, Parameters.SmtpTlsWrappermode, "wrapper-mode", FindingSeverity.Error, "smtp_tls_wrappermode needs smtp_tls_security_level encrypt or better", "set smtp_tls_security_level = encrypt");
        }
    }

    private static IEnumerable<Finding> Passwords(ParameterSet parameters)
    {
        if (!CheckedConfiguration.IsYes(parameters, Parameters.SmtpSaslAuthEnable))
        {
            yield break;
        }

        if (CheckedConfiguration.Value(parameters, Parameters.SmtpSaslPasswordMaps).Length == 0)
        {
            yield return Finding.At(parameters, Parameters.SmtpSaslAuthEnable, "no-passwords", FindingSeverity.Error, "smtp_sasl_auth_enable is yes, and smtp_sasl_password_maps is empty", "set smtp_sasl_password_maps");
        }

        var level = CheckedConfiguration.Value(parameters, Parameters.SmtpTlsSecurityLevel);
        if (level is "" or "none" or "may" && !CheckedConfiguration.Words(parameters, Parameters.SmtpSaslSecurityOptions).Contains("noplaintext"))
        {
            yield return Finding.At(parameters, Parameters.SmtpSaslSecurityOptions, "plaintext-auth", FindingSeverity.Warning, "the SMTP client may send its password without encryption", "set smtp_tls_security_level = encrypt");
        }
    }

    private IEnumerable<Finding> Files(ParameterSet parameters)
    {
        if (CheckedConfiguration.Value(parameters, Parameters.SmtpTlsCAfile) is { Length: > 0 } authorities && !File.Exists(authorities))
        {
            yield return Finding.At(parameters, Parameters.SmtpTlsCAfile, "certificate-missing", FindingSeverity.Error, $"smtp_tls_CAfile: no such file: {authorities}", "make the file, or correct the name");
        }

        if (CheckedConfiguration.Value(parameters, Parameters.SmtpTlsCertFile) is { Length: > 0 } certificate)
        {
            var key = CheckedConfiguration.Value(parameters, Parameters.SmtpTlsKeyFile);
            foreach (var finding in _certificates.Find(Parameters.SmtpTlsCertFile.Name, certificate, key, null, parameters.PositionOf(Parameters.SmtpTlsCertFile.Name)))
            {
                yield return finding;
            }
        }
    }
}
