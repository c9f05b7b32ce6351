using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Tls;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Names of protocols, cipher grades and digests that TLS does not know: the daemons say so when it is too late, and do without TLS.</summary>
internal static class TlsWordRule
{
    public static IEnumerable<Finding> FindInServer(ParameterSet parameters) =>
    [
        .. Grades(parameters, Parameters.SmtpdTlsCiphers, Parameters.SmtpdTlsMandatoryCiphers),
        .. Protocols(parameters, Parameters.SmtpdTlsProtocols, Parameters.SmtpdTlsMandatoryProtocols),
        .. Digest(parameters, Parameters.SmtpdTlsFingerprintDigest),
    ];

    public static IEnumerable<Finding> FindInClient(ParameterSet parameters) =>
    [
        .. Grades(parameters, Parameters.SmtpTlsCiphers, Parameters.SmtpTlsMandatoryCiphers),
        .. Protocols(parameters, Parameters.SmtpTlsProtocols, Parameters.SmtpTlsMandatoryProtocols),
        .. Digest(parameters, Parameters.SmtpTlsFingerprintDigest),
        .. InsecureMxPolicy(parameters),
    ];

    private static IEnumerable<Finding> Grades(ParameterSet parameters, params StringParameter[] settings) =>
        from setting in settings
        let value = CheckedConfiguration.Value(parameters, setting)
        where !TlsCipherGrades.IsGrade(value)
        select Unknown(parameters, setting, $"{setting.Name}: there is no cipher grade {value}", "write medium or high");

    private static IEnumerable<Finding> Protocols(ParameterSet parameters, params StringParameter[] settings) =>
        from setting in settings
        let value = CheckedConfiguration.Value(parameters, setting)
        where !TlsProtocols.IsValid(value)
        select Unknown(parameters, setting, $"{setting.Name}: there is no such protocol in {value}", "write >=TLSv1.2, for example");

    private static IEnumerable<Finding> Digest(ParameterSet parameters, StringParameter setting)
    {
        if (FingerprintDigest.Complaint(CheckedConfiguration.Value(parameters, setting)) is { } complaint)
        {
            yield return Unknown(parameters, setting, $"{setting.Name}: {complaint}", "write sha256");
        }
    }

    private static IEnumerable<Finding> InsecureMxPolicy(ParameterSet parameters)
    {
        var value = CheckedConfiguration.Value(parameters, Parameters.SmtpTlsDaneInsecureMxPolicy);
        if (value is not ("may" or "encrypt" or "dane"))
        {
            yield return Unknown(parameters, Parameters.SmtpTlsDaneInsecureMxPolicy, $"smtp_tls_dane_insecure_mx_policy cannot be {value}", "write may, encrypt or dane");
        }
    }

    private static Finding Unknown(ParameterSet parameters, StringParameter setting, string message, string remedy) =>
        Finding.At(parameters, setting, "tls-word", FindingSeverity.Error, message, remedy);
}
