using Estafeta.Configuration;

namespace Estafeta.Net.Sasl.Server;

/// <summary>smtpd_sasl_security_options and smtp_sasl_security_options: which mechanisms are good enough.</summary>
public sealed class SaslSecurityOptions
{
    private readonly SaslProperties _forbidden;
    private readonly SaslProperties _required;

    private SaslSecurityOptions(SaslProperties forbidden, SaslProperties required)
    {
        _forbidden = forbidden;
        _required = required;
    }

    public bool AllowsAnonymous => (_forbidden & SaslProperties.Anonymous) == 0;

    public static SaslSecurityOptions Parse(string parameterName, string value)
    {
        var forbidden = SaslProperties.None;
        var required = SaslProperties.None;
        foreach (var word in value.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word.ToLowerInvariant())
            {
                case "noplaintext":
                    forbidden |= SaslProperties.Plaintext;
                    break;
                case "noactive":
                    forbidden |= SaslProperties.Active;
                    break;
                case "nodictionary":
                    forbidden |= SaslProperties.Dictionary;
                    break;
                case "noanonymous":
                    forbidden |= SaslProperties.Anonymous;
                    break;
                case "forward_secrecy":
                    required |= SaslProperties.ForwardSecrecy;
                    break;
                case "mutual_auth":
                    required |= SaslProperties.MutualAuthentication;
                    break;
                default:
                    throw new ConfigurationException($"{parameterName}: unknown SASL security option \"{word}\" in \"{value}\"");
            }
        }

        return new SaslSecurityOptions(forbidden, required);
    }

    public bool Allows(SaslMechanism mechanism) =>
        (mechanism.Properties & _forbidden) == 0
        && (mechanism.Properties & _required) == _required
        && (mechanism.Properties & SaslProperties.Private) == 0;
}
