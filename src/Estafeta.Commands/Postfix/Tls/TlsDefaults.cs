using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Postfix.Tls;

/// <summary>Whether main.cf says anything about TLS yet: <c>postfix tls</c> never overrules an administrator.</summary>
internal static class TlsDefaults
{
    public static bool AreClients(ParameterSet parameters) => AreUnset(parameters, "smtp_tls_", Parameters.SmtpUseTls, Parameters.SmtpEnforceTls);

    public static bool AreServers(ParameterSet parameters) => AreUnset(parameters, "smtpd_tls_", Parameters.SmtpdUseTls, Parameters.SmtpdEnforceTls);

    private static bool AreUnset(ParameterSet parameters, string prefix, params ReadOnlySpan<Parameter> others)
    {
        foreach (var other in others)
        {
            if (parameters.IsSet(other))
            {
                return false;
            }
        }

        return !Parameters.All.Any(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal) && parameters.IsSet(parameter));
    }
}
