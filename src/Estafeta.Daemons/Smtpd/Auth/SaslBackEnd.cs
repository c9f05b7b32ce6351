using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Net.Sasl.Server.Cyrus;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>Who checks passwords: smtpd_sasl_type.</summary>
internal static class SaslBackEnd
{
    /// <summary>Null when the configured one cannot be had, which has been logged.</summary>
    public static ISaslServer? Create(SaslSettings settings, ServiceContext context, TableSet tables, FailedLogins failures)
    {
        var hostName = context.Parameters.Get(Parameters.Myhostname);
        switch (settings.Type)
        {
            case "dovecot":
                return new DovecotSaslServer(settings.Path, TcpServices.Load(context.Parameters), context.Time);
            case "estafeta":
                return BuiltInBackEnd.Create(context, tables, failures);
            case "cyrus":
                return Cyrus(settings, context, hostName);
            default:
                context.Log.Warning($"unsupported SASL server implementation: {settings.Type}");
                return null;
        }
    }

    private static ISaslServer? Cyrus(SaslSettings settings, ServiceContext context, string hostName)
    {
        var directories = context.Parameters.Get(Parameters.CyrusSaslConfigPath);
        var configuration = CyrusConfiguration.Load(directories, settings.Path);
        if (configuration.AsksOnlySaslauthd)
        {
            var credentials = new SaslauthdCredentials(configuration.SocketPath, settings.ServiceName, settings.LocalDomain, context.Time);
            return new BuiltInSaslServer(credentials, hostName, context.Time) { Only = configuration.Mechanisms };
        }

        if (!CyrusSaslServer.IsAvailable)
        {
            context.Log.Warning(
                $"smtpd_sasl_type = cyrus: pwcheck_method: {configuration.PasswordCheck} needs libsasl2, which is not installed; AUTH is not offered");
            return null;
        }

        try
        {
            return CyrusSaslServer.Create(settings.Path, CyrusConfiguration.Directories(directories), hostName, settings.LocalDomain);
        }
        catch (IOException e)
        {
            context.Log.Warning(e.Message);
            return null;
        }
    }
}
