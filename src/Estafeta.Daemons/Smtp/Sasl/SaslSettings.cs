using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Sasl;
using Estafeta.Net.Sasl.Server;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_sasl_*: whether and how the client logs in.</summary>
internal sealed class SaslSettings
{
    public bool IsEnabled { get; init; }

    public required MapList Passwords { get; init; }

    public char Delimiter { get; init; }

    public bool DependsOnSender { get; init; }

    /// <summary>send_cyrus_sasl_authzid: the user is also named as whom to act as.</summary>
    public bool SendsAuthorizationId { get; init; }

    /// <summary>A refused login makes mail wait instead of bounce.</summary>
    public bool SoftBounces { get; init; }

    public required DomainList MechanismFilter { get; init; }

    /// <summary>The filter names XOAUTH2 or OAUTHBEARER: the "passwords" are tokens.</summary>
    public bool UsesTokens { get; init; }

    /// <summary>smtp_sasl_auth_cache_name; null when there is none.</summary>
    public IUpdatableTable? RefusedLogins { get; init; }

    /// <summary>smtp_sasl_auth_cache_time.</summary>
    public TimeSpan RefusalLifetime { get; init; }

    public required SaslSecurityOptions InClear { get; init; }

    public required SaslSecurityOptions OverTls { get; init; }

    public required SaslSecurityOptions OverVerifiedTls { get; init; }

    public static SaslSettings Load(SmtpParameters p, TableSet tables)
    {
        var filter = p.Text(Parameters.SmtpSaslMechanismFilter, Parameters.LmtpSaslMechanismFilter);
        var isEnabled = p.Flag(Parameters.SmtpSaslAuthEnable, Parameters.LmtpSaslAuthEnable);

        // The one type Postfix has; the mechanisms themselves are ours.
        if (isEnabled && p.Text(Parameters.SmtpSaslType, Parameters.LmtpSaslType) is var type && type != "cyrus")
        {
            throw new Configuration.ConfigurationException($"unsupported SASL client implementation: {type}");
        }

        if (isEnabled)
        {
            // Libraries are found now, ahead of chroot, or never.
            _ = SaslPrep.IsAvailable;
        }

        return new SaslSettings
        {
            IsEnabled = isEnabled,
            SendsAuthorizationId = p.All.Get(Parameters.SendCyrusSaslAuthzid),
            Passwords = tables.OpenList(
                p.Name(Parameters.SmtpSaslPasswordMaps, Parameters.LmtpSaslPasswordMaps),
                p.Text(Parameters.SmtpSaslPasswordMaps, Parameters.LmtpSaslPasswordMaps)),
            Delimiter = p.Text(Parameters.SmtpSaslPasswordResultDelimiter, Parameters.LmtpSaslPasswordResultDelimiter)[0],
            DependsOnSender = p.Flag(Parameters.SmtpSenderDependentAuthentication, Parameters.LmtpSenderDependentAuthentication),
            SoftBounces = p.Flag(Parameters.SmtpSaslAuthSoftBounce, Parameters.LmtpSaslAuthSoftBounce),
            MechanismFilter = DomainList.Open(p.Name(Parameters.SmtpSaslMechanismFilter, Parameters.LmtpSaslMechanismFilter), filter, tables),
            UsesTokens = ClientTlsSettings.Words(filter).Any(Net.Sasl.Client.SaslClientMechanisms.IsTokenMechanism),
            RefusedLogins = OpenCache(p, tables),
            RefusalLifetime = p.Time(Parameters.SmtpSaslAuthCacheTime, Parameters.LmtpSaslAuthCacheTime),
            InClear = Options(Parameters.SmtpSaslSecurityOptions, Parameters.LmtpSaslSecurityOptions),
            OverTls = Options(Parameters.SmtpSaslTlsSecurityOptions, Parameters.LmtpSaslTlsSecurityOptions),
            OverVerifiedTls = Options(Parameters.SmtpSaslTlsVerifiedSecurityOptions, Parameters.LmtpSaslTlsVerifiedSecurityOptions),
        };

        SaslSecurityOptions Options(StringParameter smtp, StringParameter lmtp) => SaslSecurityOptions.Parse(p.Name(smtp, lmtp), p.Text(smtp, lmtp));
    }

    private static IUpdatableTable? OpenCache(SmtpParameters p, TableSet tables)
    {
        var name = p.Text(Parameters.SmtpSaslAuthCacheName, Parameters.LmtpSaslAuthCacheName);
        if (name.Length == 0)
        {
            return null;
        }

        // Several processes write to it: only proxywrite may.
        var parameter = p.Name(Parameters.SmtpSaslAuthCacheName, Parameters.LmtpSaslAuthCacheName);
        return name.StartsWith("proxy:", StringComparison.Ordinal)
            ? tables.Open(name, tables.DefaultFlags | TableFlags.Write) as IUpdatableTable
                ?? throw new Configuration.ConfigurationException($"{parameter}: {name} cannot be written to")
            : throw new Configuration.ConfigurationException($"{parameter}: {name} must be accessed through proxywrite: proxy:{name}");
    }
}
