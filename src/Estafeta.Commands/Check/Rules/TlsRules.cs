using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Encryption: a server that offers it needs a certificate that is there, in date and ours; passwords must not go in the clear.</summary>
internal sealed class TlsRules(TimeProvider time)
{
    public IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (parameters, position, owner) in configuration.Scopes("smtpd"))
        {
            foreach (var finding in Server(parameters, owner))
            {
                if (seen.Add(finding.Message))
                {
                    yield return finding.Position.IsKnown ? finding : finding with { Position = position };
                }
            }
        }
    }

    private IEnumerable<Finding> Server(ParameterSet parameters, string owner)
    {
        var level = CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsSecurityLevel);
        if (level is not ("" or "none" or "may" or "encrypt"))
        {
            yield return new("tls-level", FindingSeverity.Error, parameters.PositionOf(Parameters.SmtpdTlsSecurityLevel.Name), $"smtpd_tls_security_level has no level {level}", "write none, may or encrypt");
        }

        if (Is(parameters, Parameters.SmtpdSaslAuthEnable) && !Is(parameters, Parameters.SmtpdTlsAuthOnly) && level != "encrypt"
            && !WordList.Split(CheckedConfiguration.Value(parameters, Parameters.SmtpdSaslSecurityOptions)).Contains("noplaintext"))
        {
            yield return new("plaintext-auth", FindingSeverity.Warning, parameters.PositionOf(Parameters.SmtpdSaslAuthEnable.Name),
                $"{owner.Split('/')[0]}: passwords may be sent without encryption", "set smtpd_tls_auth_only = yes");
        }

        if (level is not ("may" or "encrypt"))
        {
            yield break;
        }

        var files = WordList.Split(CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsChainFiles));
        var certificate = CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsCertFile);
        var any = files.Count > 0 ? files : certificate.Length > 0 && certificate != "none" ? [certificate] : [];
        if (any.Count == 0 && certificate != "none" && CheckedConfiguration.Value(parameters, Parameters.SmtpdTlsEccertFile).Length == 0)
        {
            yield return new("no-certificate", FindingSeverity.Error, parameters.PositionOf(Parameters.SmtpdTlsSecurityLevel.Name),
                "smtpd offers TLS, but has no certificate", "set smtpd_tls_chain_files");
        }

        foreach (var file in any)
        {
            if (Certificate(parameters, file) is { } finding)
            {
                yield return finding;
            }
        }
    }

    private static bool Is(ParameterSet parameters, BooleanParameter parameter) =>
        CheckedConfiguration.Value(parameters, parameter).Equals("yes", StringComparison.OrdinalIgnoreCase);

    private Finding? Certificate(ParameterSet parameters, string file)
    {
        var name = parameters.IsSet(Parameters.SmtpdTlsChainFiles) ? Parameters.SmtpdTlsChainFiles.Name : Parameters.SmtpdTlsCertFile.Name;
        var position = parameters.PositionOf(name);
        if (!File.Exists(file))
        {
            return new("certificate-missing", FindingSeverity.Error, position, $"{name}: no such file: {file}", "make the file, or correct the name");
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            var host = CheckedConfiguration.Value(parameters, Parameters.Myhostname);
            return certificate.NotAfter.ToUniversalTime() < time.GetUtcNow()
                ? new("certificate-expired", FindingSeverity.Error, position, $"{file} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}", "renew it")
                : certificate.MatchesHostname(host) ? null
                : new("certificate-name", FindingSeverity.Warning, position, $"{file} is not made out for {host}", "use a certificate for $myhostname");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // A chain file may begin with its key; what cannot be read here is smtpd's to complain about.
            return null;
        }
    }
}
