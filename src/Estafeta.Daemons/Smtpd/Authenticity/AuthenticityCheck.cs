using Estafeta.Authentication;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Spf;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Authenticity;

/// <summary>
/// SPF, DKIM, DMARC and ARC of mail from strangers (docs/authentication.md): watches the content as it passes, and at its end logs the results, has cleanup
/// write them into the message, and refuses what is to be refused. Trouble of the name service is never a permanent refusal.
/// </summary>
internal sealed class AuthenticityCheck
{
    private readonly AuthenticitySettings _settings;
    private readonly MessageAuthenticator _authenticator;
    private readonly OwnClients _own;
    private readonly DomainList _trustedSealers;

    private AuthenticityCheck(AuthenticitySettings settings, MessageAuthenticator authenticator, OwnClients own, DomainList trustedSealers)
    {
        _settings = settings;
        _authenticator = authenticator;
        _own = own;
        _trustedSealers = trustedSealers;
    }

    /// <summary>Null when nothing is to be checked.</summary>
    public static AuthenticityCheck? Create(ParameterSet parameters, TableSet tables, DnsResolver resolver, OwnClients own, TimeProvider time)
    {
        var settings = AuthenticitySettings.Read(parameters);
        if (settings.Methods.IsNone)
        {
            return null;
        }

        MessageAuthenticator.Prepare();
        var suffixes = settings.Methods.Dmarc ? PublicSuffixList.Load(settings.PublicSuffixList) : null;
        var authenticator = new MessageAuthenticator(
            settings.Methods, (name, type, token) => resolver.QueryAsync(name, type, token), settings.Myhostname, suffixes, time);
        return new AuthenticityCheck(settings, authenticator, own, DomainList.Open(Parameters.EstafetaArcTrustedSealers, tables));
    }

    /// <summary>Null for mail that is not looked at: our own, and what will be thrown away.</summary>
    public async ValueTask<MessageAuthentication?> BeginAsync(SmtpdSession session, MailTransaction transaction) =>
        transaction.IsDiscarded || await _own.HasAsync(session)
            ? null
            : _authenticator.Begin(session.Peer.IPAddress, transaction.Sender, session.HeloName ?? "");

    /// <summary>All content has passed. Null, or the reply that refuses the message.</summary>
    public async ValueTask<string?> FinishAsync(SmtpdSession session, MailTransaction transaction, MessageAuthentication authentication)
    {
        var report = await authentication.FinishAsync(session.CancellationToken);
        session.Log.Info($"{session.QueueIdOrNone}: authentication: {report.Describe()}");
        if (await DecideAsync(session, transaction, report) is { } refusal)
        {
            return session.RejectContent(refusal);
        }

        transaction.Cleanup?.AddEdit(new EnvelopeEdit(EnvelopeEditKind.Authenticated, Note(session, report).Encode()));
        return null;
    }

    private AuthenticationNote Note(SmtpdSession session, AuthenticationReport report)
    {
        var results = report.Format(_settings.AuthservId);
        var headers = $"Authentication-Results: {results}\n";
        if (_settings.AddsReceivedSpf && report.FormatReceivedSpf(_settings.Myhostname, session.Peer.Address, session.HeloName ?? "") is { } receivedSpf)
        {
            headers += receivedSpf + "\n";
        }

        var chain = report.Arc ?? ArcResult.None;
        var seals = _settings.Seals && chain.Outcome != ArcOutcome.TempError;
        return new AuthenticationNote(_settings.AuthservId, headers, seals ? results : "", chain.Word, chain.IsClosed, chain.Sets);
    }

    private async ValueTask<string?> DecideAsync(SmtpdSession session, MailTransaction transaction, AuthenticationReport report)
    {
        if (_settings.EnforcesSpf && report.Spf is { Result: SpfResult.Fail or SpfResult.TempError } spf)
        {
            var sender = session.Subject.AddressForm.Of(transaction.Sender);
            return spf.Result == SpfResult.TempError
                ? $"451 4.7.24 <{sender}>: SPF validation error: {Printable(spf.Reason)}"
                : $"550 5.7.23 <{sender}>: SPF validation failed: {session.Peer.Address} may not send mail for {Printable(spf.Domain)}"
                    + (spf.Explanation is { } explanation ? $"; they explain: {Printable(explanation)}" : "");
        }

        if (!_settings.EnforcesDmarc || report.Dmarc is not { } dmarc || await IsVouchedForAsync(session, report.Arc))
        {
            return null;
        }

        if (dmarc.IsUndecided)
        {
            return $"451 4.7.24 Message from {Printable(dmarc.Domain)}: DMARC cannot be evaluated: {Printable(dmarc.Reason)}";
        }

        if (dmarc.Disposition == DmarcPolicy.Reject)
        {
            return dmarc.Domain.Length > 0
                ? $"550 5.7.1 Message rejected by the DMARC policy of {Printable(dmarc.Domain)}: {Printable(dmarc.Reason)}"
                : $"550 5.7.1 Message rejected: {Printable(dmarc.Reason)}";
        }

        if (dmarc.Disposition == DmarcPolicy.Quarantine && _settings.HoldsQuarantined)
        {
            transaction.Cleanup?.AddEdit(new EnvelopeEdit(EnvelopeEditKind.Hold, ""));
            session.Log.Info($"{session.QueueIdOrNone}: hold: DMARC policy of {Printable(dmarc.Domain)}: {Printable(dmarc.Reason)}");
        }

        return null;
    }

    private async ValueTask<bool> IsVouchedForAsync(SmtpdSession session, ArcResult? arc) =>
        arc is { Outcome: ArcOutcome.Pass } && !_trustedSealers.IsEmpty && (await _trustedSealers.MatchAsync(arc.Domain, session.CancellationToken)).IsFound;

    // In replies and the log; what is longer says nothing more.
    private static string Printable(string text)
    {
        const int Most = 200;
        return string.Create(Math.Min(text.Length, Most), text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
            }
        });
    }
}
