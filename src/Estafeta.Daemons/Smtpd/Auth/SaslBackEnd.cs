using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>Who checks passwords: smtpd_sasl_type.</summary>
internal static class SaslBackEnd
{
    /// <summary>Null when the configured one cannot be had, which has been logged.</summary>
    public static ISaslServer? Create(SaslSettings settings, ServiceContext context, TableSet tables)
    {
        var hostName = context.Parameters.Get(Parameters.Myhostname);
        switch (settings.Type)
        {
            case "dovecot":
                return new DovecotSaslServer(settings.Path, context.Time);
            case "estafeta":
                return BuiltInBackEnd.Create(context, tables);
            case "cyrus":
                return Cyrus(settings, context, hostName);
            default:
                context.Log.Warning($"unsupported SASL server implementation: {settings.Type}");
                return null;
        }
    }

    private static BuiltInSaslServer? Cyrus(SaslSettings settings, ServiceContext context, string hostName)
    {
        var configuration = CyrusConfiguration.Load(context.Parameters.Get(Parameters.CyrusSaslConfigPath), settings.Path);
        if (configuration.PasswordCheck != "saslauthd")
        {
            context.Log.Warning(
                $"smtpd_sasl_type = cyrus: pwcheck_method: {configuration.PasswordCheck} is not supported, only saslauthd is; AUTH is not offered");
            return null;
        }

        var credentials = new SaslauthdCredentials(configuration.SocketPath, settings.ServiceName, settings.LocalDomain, context.Time);
        return new BuiltInSaslServer(credentials, hostName, context.Time) { Only = configuration.Mechanisms };
    }
}
