using Estafeta.Net.Sasl.Client;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// One delivery request from start to end: the destinations of the next hop and then the fallback relays, their servers in order,
/// kept connections first, until every recipient has been taken, refused, or no server is left.
/// </summary>
internal sealed class SmtpDelivery(SmtpAgentParts parts, DeliveryJob job)
{
    private readonly SmtpClientSettings _settings = parts.Settings;
    private readonly IMailLog _log = parts.Log;
    private SessionFailure? _lastFailure;
    private RequireTlsDemand _demand;
    private bool _sawTemporary;

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        var nexthops = Destination.Split(job.Request.Nexthop).ToList();
        var all = nexthops.Concat(parts.Routing.FallbackRelays).ToList();
        for (var i = 0; i < all.Count && job.Remaining.Count > 0; i++)
        {
            var isFallback = i >= nexthops.Count;
            if (!await TryDestinationAsync(all[i], isFallback, i == all.Count - 1, cancellationToken))
            {
                break;
            }
        }

        if (job.Remaining.Count == 0)
        {
            return;
        }

        var failure = _lastFailure ?? SessionFailure.Local("4.3.0", "server unavailable or unable to receive mail");
        job.IsLastServer = true;
        await job.FailTogetherAsync(job.Remaining, _sawTemporary ? failure.AsTemporary() : failure, null, cancellationToken);
    }

    /// <returns>False when no other destination may be tried.</returns>
    private async ValueTask<bool> TryDestinationAsync(string text, bool isFallback, bool isLast, CancellationToken cancellationToken)
    {
        var destination = Destination.Parse(text, parts.Routing, parts.Services, out var error);
        if (destination == null)
        {
            _log.Warning(error);
            Note(SessionFailure.Local("4.3.5", "Server configuration error"));
            return true;
        }

        var lookup = destination.SocketPath != null
            ? new ServerLookup([new ServerAddress(_settings.MyHostname, null) { SocketPath = destination.SocketPath }], null)
            : await parts.Finder.FindAsync(destination, cancellationToken);
        if (lookup.Failure is { } failure)
        {
            if (failure.IsPermanent && (isFallback || text == parts.Routing.Relayhost))
            {
                // A relay that cannot be found is our administrator's mistake, not the sender's.
                _log.Warning($"{(isFallback ? _settings.IsLmtp ? "lmtp_fallback_relay" : "smtp_fallback_relay" : "relayhost")} configuration problem");
                failure = SessionFailure.Local("4.3.5", failure.Status.Reason);
            }
            else if (lookup.IsLoop && parts.Routing.BestMxTransport.Length > 0)
            {
                await PassToBestMxTransportAsync(cancellationToken);
            }

            Note(failure);
            return !lookup.IsLoop;
        }

        await TryServersAsync(destination, lookup, isLast, cancellationToken);
        return true;
    }

    private async ValueTask PassToBestMxTransportAsync(CancellationToken cancellationToken)
    {
        foreach (var recipient in job.Remaining.ToArray())
        {
            var status = await parts.Transports.PassAsync(parts.Routing.BestMxTransport, job.Request with { Recipients = [recipient] }, cancellationToken);
            if (status != null)
            {
                await job.CompletePassedAsync(recipient, status);
            }
            else
            {
                job.IsLastServer = true;
                await job.FailTogetherAsync([recipient], SessionFailure.Local("4.3.0", "mail transport unavailable"), null, cancellationToken);
            }
        }
    }

    private async ValueTask TryServersAsync(Destination destination, ServerLookup lookup, bool isLast, CancellationToken cancellationToken)
    {
        var addresses = 0;
        var sessions = 0;
        foreach (var server in parts.KeptFirst(lookup.Servers))
        {
            if (job.Remaining.Count == 0 || (parts.Routing.SessionLimit > 0 && sessions >= parts.Routing.SessionLimit))
            {
                return;
            }

            addresses++;
            var isLastAddress = addresses == lookup.Servers.Count || addresses == parts.Routing.AddressLimit;
            var (policy, failure) = await FindPolicyAsync(destination, lookup, server, cancellationToken);
            if (policy == null)
            {
                _log.Warning($"TLS policy lookup for {destination.Text}/{server.HostName}: {failure!.Status.Reason}"); // no policy without a failure
                Note(failure);
            }
            else
            {
                job.TlsStatusWithoutSession = policy.Level.Undecided() + _demand.UndecidedWord;
                job.IsLastServer = isLast && (isLastAddress || sessions + 1 == parts.Routing.SessionLimit);
                sessions += await TryServerAsync(server, policy, destination, cancellationToken) ? 1 : 0;
            }

            if (isLastAddress)
            {
                return;
            }
        }
    }

    private async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> FindPolicyAsync(
        Destination destination, ServerLookup lookup, ServerAddress server, CancellationToken cancellationToken)
    {
        var isTlsOptional = job.Request.IsTlsOptional && _settings.ObeysTlsRequiredNo;
        var (policy, failure) = await parts.Policies.FindAsync(destination, lookup, server, isTlsOptional, cancellationToken);
        if (policy == null || !job.Request.RequireTls || !_settings.ObeysRequireTls)
        {
            _demand = RequireTlsDemand.None;
            return (policy, failure);
        }

        if (await parts.Tables.RequireTls.FindAsync(server.HostName, cancellationToken) is not { } mode)
        {
            return (null, SessionFailure.Local("4.7.5", "REQUIRETLS policy lookup error", true));
        }

        _demand = new RequireTlsDemand(mode);
        return _demand.ApplyTo(policy, server);
    }

    /// <returns>Whether a session came about.</returns>
    private async ValueTask<bool> TryServerAsync(ServerAddress server, TlsPolicy policy, Destination destination, CancellationToken cancellationToken)
    {
        var (credentials, failure) = await parts.Passwords.FindAsync(job.Request.Sender, server.HostName, destination.Text, cancellationToken);
        if (failure != null)
        {
            Note(failure);
            return false;
        }

        if (parts.Cache.Take(SmtpSession.MakeReuseKey(server, policy, credentials)) is { } kept)
        {
            var end = await TransactAsync(kept, destination, cancellationToken);
            if (end != TransactionEnd.Stale)
            {
                return true;
            }

            // Once more, over a fresh connection: a server may hang up on idle connections as it likes.
        }

        var attempt = await TryConnectionAsync(server, policy, credentials, destination, withoutTls: false, cancellationToken);
        if (attempt == Attempt.RetryInClear)
        {
            attempt = await TryConnectionAsync(server, policy, credentials, destination, withoutTls: true, cancellationToken);
        }

        return attempt != Attempt.NoConnection;
    }

    private enum Attempt
    {
        NoConnection,
        Done,
        RetryInClear,
    }

    private async ValueTask<Attempt> TryConnectionAsync(
        ServerAddress server, TlsPolicy policy, SaslCredentials? credentials, Destination destination, bool withoutTls, CancellationToken cancellationToken)
    {
        var (session, failure) = await parts.Connector.ConnectAsync(server, destination, policy, credentials, job.Request.QueueId, cancellationToken);
        if (session == null)
        {
            Note(failure!); // no session without a failure
            return Attempt.NoConnection;
        }

        var opened = false;
        session.Demand = _demand;
        try
        {
            var result = await parts.Opener.OpenAsync(session, destination, policy, job.Request, withoutTls, cancellationToken);
            job.MarkConnected();
            opened = result.Failure == null;
            if (result.RetriesInClear)
            {
                return Attempt.RetryInClear;
            }

            if (!opened)
            {
                await GiveUpAsync(session, result.Failure!, cancellationToken); // not opened: there is one
                return Attempt.Done;
            }
        }
        finally
        {
            if (!opened)
            {
                await session.DisposeAsync();
            }
        }

        await TransactAsync(session, destination, cancellationToken);
        return Attempt.Done;
    }

    private async ValueTask GiveUpAsync(SmtpSession session, SessionFailure failure, CancellationToken cancellationToken)
    {
        Note(failure);
        await job.FailTogetherAsync(job.Remaining, failure, session, cancellationToken);
        if (!failure.IsDisconnected)
        {
            await QuitAsync(session, cancellationToken);
        }
    }

    private async ValueTask<TransactionEnd> TransactAsync(SmtpSession session, Destination destination, CancellationToken cancellationToken)
    {
        var end = TransactionEnd.Closed;
        try
        {
            if (session.IsReused)
            {
                job.MarkConnected();
                session.TlsStatus = session.Tls == null && session.Policy.Level != TlsLevel.None ? session.Policy.Level.Undecided() : session.TlsStatus;
            }

            if (session.Connection.Trace.ShowsDecisions)
            {
                session.Connection.Trace.Decided(
                    $"{job.Request.QueueId}: use {session.Uses} of the connection, TLS {session.TlsStatus}, login {session.Credentials?.User ?? "none"}, features {EsmtpFeatureNames.Format(session.Features)}");
            }

            session.Demand = _demand;
            if (_demand.Check(session) is { } insecure)
            {
                // Another server of the domain may do.
                await GiveUpAsync(session, job.IsLastServer ? insecure : insecure.AsTemporary(), cancellationToken);
                _lastFailure = insecure;
                return end;
            }

            if (MessageChecks.Check(job.Request, session) is { } unfit)
            {
                await GiveUpAsync(session, unfit, cancellationToken);
                return end;
            }

            var checkedContent = parts.Checks.IsEmpty ? null : new CheckedContent(parts.Checks, job.Request.QueueId, _log);
            var head = checkedContent == null
                ? job.Request.Head
                : await checkedContent.FilterAsync(job.Request.Head, job.Request.BodyOctets == 0, cancellationToken);
            head = await parts.Heads.PrepareAsync(checkedContent == null ? head : head.ToArray(), cancellationToken);
            var keeps = await parts.MayKeepAsync(session, job.Request, destination, cancellationToken);
            var transaction = new MailTransaction(_settings, parts.Commands, job, session, keeps, _log, parts.Time)
            {
                BodyChecks = parts.Checks.LooksAtBody ? checkedContent : null,
            };
            end = await transaction.RunAsync(head, cancellationToken);
            _sawTemporary |= job.Remaining.Count > 0 && end != TransactionEnd.Stale;
            _lastFailure = transaction.Failure ?? _lastFailure;
            return end;
        }
        finally
        {
            if (end == TransactionEnd.Reusable)
            {
                parts.Cache.Put(session.ReuseKey, session);
            }
            else
            {
                parts.Starter.Remember(session);
                await session.DisposeAsync();
            }
        }
    }

    private async ValueTask QuitAsync(SmtpSession session, CancellationToken cancellationToken)
    {
        if (!session.Connection.IsBroken)
        {
            session.Connection.Write("QUIT");
            _ = await session.Connection.FlushAsync(_settings.Timeouts.Quit, cancellationToken);
        }
    }

    private void Note(SessionFailure failure)
    {
        _lastFailure = failure;
        _sawTemporary |= !failure.IsPermanent;
    }
}
