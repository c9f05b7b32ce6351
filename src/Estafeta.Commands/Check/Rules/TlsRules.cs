using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Encryption in the server: levels, certificates, ports; and passwords, which must not go in the clear.</summary>
internal sealed class TlsRules(TimeProvider time)
{
    private readonly CertificateRules _certificates = new(time);

    public IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (parameters, position, owner) in configuration.Scopes("smtpd"))
        {
            var findings = Level(parameters).Concat(Authentication(parameters, owner)).Concat(WrapperMode(parameters, owner)).Concat(Certificates(parameters)).Concat(Files(parameters))
                .Concat(RawKeyRule.Find(parameters, Parameters.SmtpdTlsEnableRpk)).Concat(TlsWordRule.FindInServer(parameters)).Concat(FewMechanisms(parameters, owner));
            foreach (var finding in findings)
            {
                if (seen.Add(finding.Message))
                {
                    yield return finding.Or(position);
                }
            }
        }
    }

    private static IEnumerable<Finding> Level(ParameterSet parameters)
    {
        var level = CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsSecurityLevel);
        if (level is not ("" or "none" or "may" or "encrypt"))
        {
            yield return Finding.At(parameters, Parameters.SmtpdTlsSecurityLevel, "tls-level", FindingSeverity.Error, $"smtpd_tls_security_level has no level {level}", "write none, may or encrypt");
        }

        if (!OffersTls(parameters) && (parameters.IsSet(Parameters.SmtpdTlsCertFile) || parameters.IsSet(Parameters.SmtpdTlsChainFiles)) && !parameters.IsSet(Parameters.SmtpdTlsSecurityLevel))
        {
            var setting = parameters.IsSet(Parameters.SmtpdTlsChainFiles) ? Parameters.SmtpdTlsChainFiles : Parameters.SmtpdTlsCertFile;
            yield return Finding.At(parameters, setting, "dead-setting", FindingSeverity.Warning, $"{setting.Name} has no effect: TLS is off", "set smtpd_tls_security_level = may");
        }
    }

    private static IEnumerable<Finding> Authentication(ParameterSet parameters, string owner)
    {
        var service = owner.Split('/')[0];
        if (!CheckedConfiguration.IsYes(parameters, Parameters.SmtpdSaslAuthEnable))
        {
            yield break;
        }

        var level = CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsSecurityLevel);
        var isTlsOnly = CheckedConfiguration.IsYes(parameters, Parameters.SmtpdTlsAuthOnly);
        var isWrapped = CheckedConfiguration.IsYes(parameters, Parameters.SmtpdTlsWrappermode);
        if (!isTlsOnly && !isWrapped && level != "encrypt" && !CheckedConfiguration.Words(parameters, Parameters.SmtpdSaslSecurityOptions).Contains("noplaintext"))
        {
            yield return Finding.At(parameters, Parameters.SmtpdSaslAuthEnable, "plaintext-auth", FindingSeverity.Warning, $"{service}: passwords may be sent without encryption", "set smtpd_tls_auth_only = yes");
        }

        if (isTlsOnly && !isWrapped && !OffersTls(parameters))
        {
            yield return Finding.At(parameters, Parameters.SmtpdTlsAuthOnly, "no-authentication", FindingSeverity.Error, $"{service}: AUTH is for encrypted sessions only, and there are none", "set smtpd_tls_security_level");
        }

        if (!Permits(parameters, "permit_sasl_authenticated") && !Permits(parameters, "reject_plaintext_session"))
        {
            yield return Finding.At(parameters, Parameters.SmtpdSaslAuthEnable, "no-authentication", FindingSeverity.Warning, $"{service}: clients may log in, and nothing is permitted to them for it", "put permit_sasl_authenticated into smtpd_relay_restrictions");
        }
    }

    // CRAM-MD5 and SCRAM are offered when every user can use them, which a table that cannot be listed does not tell.
    private static IEnumerable<Finding> FewMechanisms(ParameterSet parameters, string owner)
    {
        var tables = CheckedConfiguration.Words(parameters, Parameters.EstafetaSaslPasswordMaps);
        if (CheckedConfiguration.IsYes(parameters, Parameters.SmtpdSaslAuthEnable)
            && CheckedConfiguration.Value(parameters, Parameters.SmtpdSaslType) == "estafeta"
            && !parameters.IsSet(Parameters.SmtpdSaslMechanismFilter)
            && tables.Find(static table => table.Split(':')[0] is "mysql" or "pgsql" or "sqlite" or "ldap" or "mongodb" or "proxy" or "socketmap" or "tcp") is { } table)
        {
            yield return Finding.At(
                parameters, Parameters.EstafetaSaslPasswordMaps, "few-mechanisms", FindingSeverity.Note, $"{owner.Split('/')[0]}: the users of {table} cannot be listed, so PLAIN and LOGIN are all that is offered",
                "if they have verifiers for more, set smtpd_sasl_mechanism_filter = plain, login, scram-sha-256");
        }
    }

    // An access table or a policy service may know what to do with a login name.
    private static bool Permits(ParameterSet parameters, string word) =>
        ((StringParameter[])[Parameters.SmtpdClientRestrictions, Parameters.SmtpdRelayRestrictions, Parameters.SmtpdRecipientRestrictions])
            .SelectMany(l => RestrictionWords.Split(CheckedConfiguration.Value(parameters, l)))
            .Any(w => w.Word == word || !RestrictionWords.IsKnown(w.Word) || w.Word is "check_sasl_access" or "check_policy_service");

    private static IEnumerable<Finding> WrapperMode(ParameterSet parameters, string owner)
    {
        var port = owner.Split('/')[0];
        port = port[(port.LastIndexOf(':') + 1)..];
        var isWrapped = CheckedConfiguration.IsYes(parameters, Parameters.SmtpdTlsWrappermode);
        if (isWrapped && port is "smtp" or "25" or "submission" or "587")
        {
            yield return new("wrapper-mode", FindingSeverity.Error, default, $"{port}: clients speak SMTP there before TLS, and smtpd_tls_wrappermode is on", "write -o smtpd_tls_wrappermode=no, or use port 465");
        }
        else if (!isWrapped && port is "smtps" or "submissions" or "465")
        {
            yield return new("wrapper-mode", FindingSeverity.Error, default, $"{port}: clients start with TLS there, and smtpd_tls_wrappermode is off", "add -o smtpd_tls_wrappermode=yes");
        }
    }

    private static bool OffersTls(ParameterSet parameters) =>
        CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsSecurityLevel) is "may" or "encrypt"
        || CheckedConfiguration.IsYes(parameters, Parameters.SmtpdTlsWrappermode)
        || CheckedConfiguration.IsYes(parameters, Parameters.SmtpdUseTls)
        || CheckedConfiguration.IsYes(parameters, Parameters.SmtpdEnforceTls);

    private IEnumerable<Finding> Certificates(ParameterSet parameters)
    {
        if (!OffersTls(parameters))
        {
            return [];
        }

        var host = CheckedConfiguration.Value(parameters, Parameters.Myhostname);
        var chain = CheckedConfiguration.Words(parameters, Parameters.SmtpdTlsChainFiles);
        if (chain.Count > 0)
        {
            return _certificates.FindInChains(Parameters.SmtpdTlsChainFiles.Name, chain, host, parameters.PositionOf(Parameters.SmtpdTlsChainFiles.Name));
        }

        var certificate = CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsCertFile);
        if (certificate.Length > 0 && certificate != "none")
        {
            return _certificates.Find(
                Parameters.SmtpdTlsCertFile.Name, certificate, CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsKeyFile), host, parameters.PositionOf(Parameters.SmtpdTlsCertFile.Name));
        }

        return certificate == "none" || CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsEccertFile).Length > 0
            ? []
            : [Finding.At(parameters, Parameters.SmtpdTlsSecurityLevel, "no-certificate", FindingSeverity.Error, "smtpd offers TLS, but has no certificate", "set smtpd_tls_chain_files")];
    }

    private static IEnumerable<Finding> Files(ParameterSet parameters)
    {
        if (OffersTls(parameters) && CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsCAfile) is { Length: > 0 } file && !File.Exists(file))
        {
            yield return Finding.At(parameters, Parameters.SmtpdTlsCAfile, "certificate-missing", FindingSeverity.Error, $"smtpd_tls_CAfile: no such file: {file}", "make the file, or correct the name");
        }
    }
}
