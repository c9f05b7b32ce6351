using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Tls;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Raw public keys, asked for where OpenSSL has none: what the daemons log when they start.</summary>
internal static class RawKeyRule
{
    public static IEnumerable<Finding> Find(ParameterSet parameters, BooleanParameter parameter)
    {
        if (CheckedConfiguration.IsYes(parameters, parameter) && TlsLibrary.RawKeyComplaint(parameter.Name) is { } complaint)
        {
            yield return Finding.At(parameters, parameter, "no-raw-keys", FindingSeverity.Warning, complaint, "set it to no, or install OpenSSL 3.2 or newer");
        }
    }
}
