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
        var destination = Destination.Parse(text, _settings.IsLmtp, parts.Routing.DefaultPort, parts.Services, out var error);
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
            if (isFallback)
            {
                // A fallback that cannot be found is our administrator's mistake, not the sender's.
                _log.Warning($"{(_settings.IsLmtp ? "lmtp" : "smtp")}_fallback_relay configuration problem");
                failure = SessionFailure.Local("4.3.5", failure.Status.Reason);
            }

            Note(failure);
            return !lookup.IsLoop;
        }

        await TryServersAsync(destination, lookup.Servers, isLast, cancellationToken);
        return true;
    }

    private async ValueTask TryServersAsync(Destination destination, IReadOnlyList<ServerAddress> servers, bool isLast, CancellationToken cancellationToken)
    {
        var addresses = 0;
        var sessions = 0;
        foreach (var server in parts.KeptFirst(servers))
        {
            if (job.Remaining.Count == 0 || (parts.Routing.SessionLimit > 0 && sessions >= parts.Routing.SessionLimit))
            {
                return;
            }

            addresses++;
            var isLastAddress = addresses == servers.Count || addresses == parts.Routing.AddressLimit;
            var (session, failure) = await OpenAsync(server, cancellationToken);
            if (session == null)
            {
                Note(failure!); // no session without a failure
            }
            else
            {
                sessions++;
                job.IsLastServer = isLast && (isLastAddress || sessions == parts.Routing.SessionLimit);
                await UseAsync(session, destination, cancellationToken);
            }

            if (isLastAddress)
            {
                return;
            }
        }
    }

    private async ValueTask<(SmtpSession? Session, SessionFailure? Failure)> OpenAsync(ServerAddress server, CancellationToken cancellationToken) =>
        parts.Cache.Take(server.Relay) is { } kept
            ? (kept, null)
            : await parts.Connector.ConnectAsync(server, job.Request.QueueId, cancellationToken);

    private async ValueTask UseAsync(SmtpSession session, Destination destination, CancellationToken cancellationToken)
    {
        var end = await TransactAsync(session, destination, cancellationToken);
        if (end != TransactionEnd.Stale)
        {
            return;
        }

        // Once more, over a fresh connection: a server may hang up on idle connections as it likes.
        var (fresh, failure) = await parts.Connector.ConnectAsync(session.Server, job.Request.QueueId, cancellationToken);
        if (fresh == null)
        {
            Note(failure!); // no session without a failure
            return;
        }

        await TransactAsync(fresh, destination, cancellationToken);
    }

    private async ValueTask<TransactionEnd> TransactAsync(SmtpSession session, Destination destination, CancellationToken cancellationToken)
    {
        var end = TransactionEnd.Closed;
        try
        {
            if (!session.IsReused && !await ShakeHandsAsync(session, destination, cancellationToken))
            {
                return end;
            }

            job.MarkConnected();
            if (MessageChecks.Check(job.Request, session) is { } unfit)
            {
                _lastFailure = unfit;
                await job.FailTogetherAsync(job.Remaining, unfit, session, cancellationToken);
                await QuitAsync(session, cancellationToken);
                return end;
            }

            var keeps = await parts.MayKeepAsync(session, job.Request, destination, cancellationToken);
            var transaction = new MailTransaction(_settings, parts.Commands, parts.Content, job, session, keeps, _log, parts.Time);
            end = await transaction.RunAsync(job.Request.Head, cancellationToken);
            _sawTemporary |= job.Remaining.Count > 0;
            _lastFailure = transaction.Failure ?? _lastFailure;
            return end;
        }
        finally
        {
            if (end == TransactionEnd.Reusable)
            {
                parts.Cache.Put(session.Server.Relay, session);
            }
            else
            {
                await session.DisposeAsync();
            }
        }
    }

    private async ValueTask<bool> ShakeHandsAsync(SmtpSession session, Destination destination, CancellationToken cancellationToken)
    {
        var detectsLoops = !_settings.IsLmtp && destination.Port == 25;
        var failure = await parts.Handshake.RunAsync(session, destination.Host, detectsLoops, cancellationToken);
        if (failure == null)
        {
            return true;
        }

        job.MarkConnected();
        Note(failure);
        await job.FailTogetherAsync(job.Remaining, failure, failure.Status.Status is { Subject: 4, Detail: 6 } ? null : session, cancellationToken);
        await QuitAsync(session, cancellationToken);
        return false;
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
