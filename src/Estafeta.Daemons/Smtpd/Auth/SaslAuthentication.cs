using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;
using Estafeta.Net.Tls.Server;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>
/// AUTH of one service (smtpd_sasl_auth_enable): the back end, and which of its mechanisms a session may use, by
/// smtpd_sasl_security_options, smtpd_sasl_tls_security_options and smtpd_sasl_mechanism_filter.
/// </summary>
internal sealed class SaslAuthentication : IAsyncDisposable
{
    private readonly ISaslServer _server;
    private readonly DomainList _mechanismFilter;
    private readonly HostList _exceptions;

    private SaslAuthentication(SaslSettings settings, ISaslServer server, TableSet tables)
    {
        Settings = settings;
        _server = server;
        _mechanismFilter = DomainList.Open(Parameters.SmtpdSaslMechanismFilter, tables);
        _exceptions = HostList.Open(Parameters.SmtpdSaslExceptionsNetworks, tables);
    }

    public SaslSettings Settings { get; }

    public required FailedLogins Failures { get; init; }

    /// <summary>Null without smtpd_sasl_auth_enable, or when there is no back end.</summary>
    public static SaslAuthentication? Create(ServiceContext context, TableSet tables)
    {
        if (!context.Parameters.Get(Parameters.SmtpdSaslAuthEnable))
        {
            return null;
        }

        var settings = SaslSettings.Read(context.Parameters, TlsServerSettings.Load(context.Parameters).IsAuthOnlyUnderTls);
        var failures = new FailedLogins(
            context.Parameters.Get(Parameters.EstafetaSaslLoginFailureLimit), context.Parameters.Get(Parameters.AnvilRateTimeUnit), context.Time);
        return SaslBackEnd.Create(settings, context, tables, failures) is { } server
            ? new SaslAuthentication(settings, server, tables) { Failures = failures }
            : null;
    }

    /// <summary>AUTH is not for this session: it is in the clear, and must not be.</summary>
    public bool NeedsTls(SmtpdSession session) => Settings.IsOnlyUnderTls && session.Tls == null;

    /// <summary>The mechanisms for the EHLO reply, separated by blanks; null for none.</summary>
    public async ValueTask<string?> AnnounceAsync(SmtpdSession session)
    {
        if (NeedsTls(session) || (await _exceptions.MatchAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken)).Outcome != LookupOutcome.NotFound)
        {
            return null;
        }

        try
        {
            var mechanisms = await OfferAsync(session);
            if (mechanisms.Count == 0)
            {
                session.Log.Warning("no SASL authentication mechanisms");
                return null;
            }

            return string.Join(' ', mechanisms.Select(m => m.Name));
        }
        catch (IOException trouble)
        {
            session.Log.Warning(trouble.Message);
            return null;
        }
    }

    /// <summary>Null when the session may not use the mechanism. Trouble is an <see cref="IOException"/>.</summary>
    public async ValueTask<SaslExchange?> BeginAsync(SmtpdSession session, string name) =>
        (await OfferAsync(session)).Find(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } mechanism
            ? _server.Begin(mechanism.Name, Describe(session))
            : null;

    /// <summary>What is said of a mechanism that the session may not use: the words of libsasl2, or those of Postfix's Dovecot client (3.10).</summary>
    public string Unknown(string mechanism) =>
        Settings.Type == "cyrus" ? "no mechanism available" : $"Invalid authentication mechanism: '{Printable.Clean(mechanism)}'";

    /// <summary>The login name as it is logged, looked up and shown: with a realm, where there is one for those without.</summary>
    public string Qualify(string user) =>
        Settings.Type == "dovecot" || Settings.LocalDomain.Length == 0 || user.Contains('@', StringComparison.Ordinal) ? user : $"{user}@{Settings.LocalDomain}";

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async ValueTask<List<SaslMechanism>> OfferAsync(SmtpdSession session)
    {
        var options = session.Tls == null ? Settings.SecurityOptions : Settings.TlsSecurityOptions;
        var offered = new List<SaslMechanism>();
        foreach (var mechanism in await _server.GetMechanismsAsync(session.CancellationToken))
        {
            if (options.Allows(mechanism) && CanBind(session, mechanism) && IsPossible(session, mechanism)
                && (await _mechanismFilter.MatchAsync(mechanism.Name, session.CancellationToken)).IsFound)
            {
                offered.Add(mechanism);
            }
        }

        return offered;
    }

    // -PLUS binds the login to the TLS session (RFC 5802 §6); the back end has to say that it asks what to bind to.
    private static bool CanBind(SmtpdSession session, SaslMechanism mechanism) =>
        !mechanism.Name.EndsWith("-PLUS", StringComparison.OrdinalIgnoreCase)
        || (mechanism.Properties.HasFlag(SaslProperties.ChannelBinding) && session.Tls?.ChannelBinding != null);

    // Nobody can log in with a certificate that was not shown.
    private bool IsPossible(SmtpdSession session, SaslMechanism mechanism) =>
        mechanism.Name != "EXTERNAL" || Settings.Type != "estafeta" || session.Subject.CertificateFingerprints.Count > 0;

    private SaslSession Describe(SmtpdSession session) => new()
    {
        Service = Settings.ServiceName,
        ServerAddress = session.Peer.ServerAddress,
        ClientAddress = session.Peer.Address,
        ClientPort = int.TryParse(session.Peer.Port, out var port) ? port : 0,
        IsEncrypted = session.Tls != null,
        ChannelBinding = session.Tls?.ChannelBinding,
        CertificateFingerprints = session.Subject.CertificateFingerprints,
    };
}
