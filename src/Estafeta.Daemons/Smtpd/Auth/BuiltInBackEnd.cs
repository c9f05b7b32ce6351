using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Net.OAuth;
using Estafeta.Net.OAuth.Server;
using Estafeta.Net.Sasl;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>smtpd_sasl_type = estafeta: passwords, tokens and certificates, each offered when its parameter is set.</summary>
internal static class BuiltInBackEnd
{
    public static BuiltInSaslServer Create(ServiceContext context, TableSet tables, FailedLogins failures)
    {
        // Libraries are found now, ahead of chroot, or never.
        _ = SaslPrep.IsAvailable;
        var credentials = Credentials(context, tables);
        var tokens = context.Parameters.Get(Parameters.EstafetaSaslOauth);
        var certificates = context.Parameters.Get(Parameters.EstafetaSaslExternalMaps);
        if (credentials == null && tokens.Length == 0 && certificates.Length == 0)
        {
            throw new ConfigurationException("smtpd_sasl_type = estafeta needs one of "
                + "estafeta_sasl_password_maps, estafeta_sasl_password_check, estafeta_sasl_oauth, estafeta_sasl_external_maps");
        }

        return new BuiltInSaslServer(credentials == null ? null : new GuardedCredentials(credentials, failures), context.Parameters.Get(Parameters.Myhostname), context.Time)
        {
            Named = WordList.Split(context.Parameters.Get(Parameters.SmtpdSaslMechanismFilter)),
            Tokens = tokens.Length > 0 ? Verifier(tokens, context, tables) : null,
            Certificates = certificates.Length > 0 ? tables.OpenList(Parameters.EstafetaSaslExternalMaps.Name, certificates) : null,
        };
    }

    private static ICredentialSource? Credentials(ServiceContext context, TableSet tables)
    {
        var maps = context.Parameters.Get(Parameters.EstafetaSaslPasswordMaps);
        var stored = maps.Length > 0 ? new TableCredentials(tables.OpenList(Parameters.EstafetaSaslPasswordMaps.Name, maps)) : null;
        var check = context.Parameters.Get(Parameters.EstafetaSaslPasswordCheck);
        if (check.Length == 0)
        {
            return stored;
        }

        var checker = Checker(check, context, tables);
        return stored == null ? checker : new ChainedCredentials(stored, checker);
    }

    private static ICredentialSource Checker(string check, ServiceContext context, TableSet tables)
    {
        var colon = check.IndexOf(':', StringComparison.Ordinal);
        var rest = check[(colon + 1)..];
        return colon > 0 && rest.Length > 0
            ? check[..colon] switch
            {
                "pam" => new PamCredentials(rest),
                "ldap" => new LdapCredentials(new TableRequest("ldap", rest, TableFlags.None, tables)),
                "saslauthd" => new SaslauthdCredentials(
                    rest, context.Parameters.Get(Parameters.SmtpdSaslService), context.Parameters.Get(Parameters.SmtpdSaslLocalDomain), context.Time),
                _ => throw Unknown(check),
            }
            : throw Unknown(check);
    }

    private static ConfigurationException Unknown(string check) =>
        new($"estafeta_sasl_password_check: {check}: expected pam:service, ldap:file or saslauthd:socket");

    private static ITokenVerifier Verifier(string path, ServiceContext context, TableSet tables)
    {
        try
        {
            var settings = TokenSettings.Load(new TableRequest("oauth", path, TableFlags.None, tables));
            return settings.KeysFile.Length > 0
                ? new KeyedTokenVerifier(settings.KeysFile, settings.Rules, warning => context.Log.Warning(warning), context.Time)
                : new IntrospectingTokenVerifier(settings.IntrospectionUrl, settings.Login, settings.Rules, new OAuthHttp(time: context.Time), context.Time);
        }
        catch (TableUnavailableException e)
        {
            throw new ConfigurationException($"estafeta_sasl_oauth: {e.Message}");
        }
    }
}
