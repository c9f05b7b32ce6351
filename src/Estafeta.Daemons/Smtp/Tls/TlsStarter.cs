using System.Globalization;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Traces;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Takes a session from cleartext to TLS as its policy demands: STARTTLS, the handshake, the judgement over the certificate, and what of it is
/// logged (RFC 3207). After a handshake nothing learned in clear counts any more.
/// </summary>
internal sealed class TlsStarter(
    ClientTlsSettings settings,
    SmtpTimeouts timeouts,
    ClientTlsContexts contexts,
    TlsResumptions? resumptions,
    TlsReporter? reporter,
    TlsLogLevels logLevels,
    IMailLog log,
    TimeProvider time)
    : IDisposable
{
    private readonly TlsTraceFiles _traces = new(TlsTraceFiles.Folder, settings.TraceSizeLimit, settings.TraceRateLimit, log.Info, log.Warning, time);

    /// <summary>What became of STARTTLS; no failure and no TLS means: go on in clear.</summary>
    public readonly record struct Result(bool IsEncrypted, SessionFailure? Failure)
    {
        /// <summary>The policy would accept cleartext over a new connection.</summary>
        public bool MayRetryInClear { get; init; }
    }

    /// <summary>After EHLO: offers, refusals and the handshake.</summary>
    public async ValueTask<Result> StartAsync(SmtpSession session, TlsPolicy policy, CancellationToken cancellationToken)
    {
        var server = session.Server;
        if (policy.Level == TlsLevel.None)
        {
            if (settings.NotesOffers && session.Has(EsmtpFeatures.StartTls))
            {
                log.Info($"Host offered STARTTLS: [{server.HostName}]");
            }

            return default;
        }

        if (!session.Has(EsmtpFeatures.StartTls))
        {
            await (reporter?.NotOfferedAsync(session, policy, cancellationToken) ?? ValueTask.CompletedTask);
            session.TlsStatus = policy.Level.InClear();
            return policy.Level.RequiresTls()
                ? new Result(false, SessionFailure.Local("4.7.4", $"TLS is required, but was not offered by host {server.NameAndAddress}", true))
                : default;
        }

        if (Objection(policy) is { } objection)
        {
            return Object(session, policy, objection);
        }

        if (contexts.Find(policy) is not { } context)
        {
            session.TlsStatus = policy.Level.InClear();
            return policy.Level.RequiresTls()
                ? new Result(false, SessionFailure.Local("4.7.5", "TLS is required, but our TLS engine is unavailable", true))
                : default;
        }

        session.Connection.Write("STARTTLS");
        var sent = await session.Connection.FlushAsync(timeouts.StartTls, cancellationToken);
        var reply = sent == ReplyFailure.None ? await session.Connection.ReadReplyAsync(timeouts.StartTls, cancellationToken) : SmtpReply.NoReply(sent);
        if (reply.IsLost)
        {
            return new Result(false, SessionFailure.NoReply(server, reply.Failure, "performing the EHLO handshake", true));
        }

        if (!reply.IsPositive)
        {
            await (reporter?.NotOfferedAsync(session, policy, cancellationToken) ?? ValueTask.CompletedTask);
            session.TlsStatus = policy.Level.InClear();
            return policy.Level.RequiresTls() ? new Result(false, SessionFailure.RefusedTls(server, reply)) : default;
        }

        return await ShakeHandsAsync(session, policy, context, cancellationToken);
    }

    /// <summary>Wrapper mode: TLS from the first octet.</summary>
    public async ValueTask<Result> WrapAsync(SmtpSession session, TlsPolicy policy, CancellationToken cancellationToken) =>
        Objection(policy) is { } objection ? Object(session, policy, objection)
            : contexts.Find(policy) is { } context ? await ShakeHandsAsync(session, policy, context, cancellationToken)
            : new Result(false, SessionFailure.Local("4.7.5", "TLS is required, but our TLS engine is unavailable", true));

    private async ValueTask<Result> ShakeHandsAsync(SmtpSession session, TlsPolicy policy, TlsContext context, CancellationToken cancellationToken)
    {
        var connection = session.Connection;
        if (connection.HasUnreadInput)
        {
            // Somebody speaks before TLS what we would take for words inside it (CVE-2011-0411 from the other side).
            log.Warning($"{session.Server.Relay} sent unexpected data after the STARTTLS reply");
            return HandshakeFailed(session, policy);
        }

        var level = await logLevels.FindAsync(session.Server.HostName, session.Server.AddressText, cancellationToken);
        if (level >= 2)
        {
            log.Info($"setting up TLS connection to {session.Server.Relay}");
            log.Info($"{session.Server.Relay}: TLS cipher list \"{contexts.CipherList(policy)}\"");
        }

        var key = session.Server.Relay + policy.ReuseKey;
        using var deadline = new CancellationTokenSource(timeouts.StartTls, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var resumption = resumptions?.Take(key);
        TlsStream stream;
        try
        {
            stream = await TlsStream.ConnectAsync(connection.Stream, context, Options(policy, resumption, settings) with { Trace = level >= 2 ? log.Info : null, WireTrace = _traces.Open(session.Server.Relay, level) }, either.Token);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogFailure(session.Server, e);
            connection.MarkBroken();
            await (reporter?.HandshakeFailedAsync(session, policy, e, cancellationToken) ?? ValueTask.CompletedTask);
            return HandshakeFailed(session, policy);
        }

        connection.Swap(stream);
        session.StartedTls(stream, key);
        var verdict = TlsVerdict.Judge(stream.Negotiated, policy, settings.FingerprintDigest);
        if (policy.Level.RequiresMatch() && !verdict.IsMatched && verdict.Complaint(session.Server.Relay) is { } complaint)
        {
            log.Info(complaint);
        }

        if (level >= 2 && stream.Negotiated.PeerCertificate is { } certificate)
        {
            foreach (var line in verdict.Evidence(session.Server.Relay))
            {
                log.Info(line);
            }

            log.Info($"{session.Server.Relay}: {certificate.Describe(settings.FingerprintDigest)}");
        }

        if (level >= 1)
        {
            log.Info($"{verdict.Word} TLS connection established to {session.Server.Relay}: {stream.Negotiated.Summary}");
        }

        await (reporter?.FinishedAsync(session, policy, stream.Negotiated, verdict.IsFineFor(policy), cancellationToken) ?? ValueTask.CompletedTask);
        session.IsServerProved = policy.Level.RequiresMatch() && verdict.IsMatched;
        if (policy.Level.RequiresMatch() && !verdict.IsMatched)
        {
            session.TlsStatus = policy.Level.Violated();
            return new Result(true, SessionFailure.Local("4.7.5", "Server certificate not verified", true));
        }

        session.TlsStatus = policy.Level.Name();
        return new Result(true, null);
    }

    public void Dispose() => resumptions?.Dispose();

    /// <summary>Keeps what the connection can be resumed with; before it closes.</summary>
    public void Remember(SmtpSession session)
    {
        if (resumptions != null && session.Tls is { } tls && !session.Connection.IsBroken && tls.TakeResumption() is { } resumption)
        {
            resumptions.Put(session.TlsKey, resumption);
        }
    }

    /// <summary>What of the settings makes no sense; null for nothing. The handshake is not begun then, and mail that needs it waits.</summary>
    internal static string? Objection(TlsPolicy policy) =>
        !TlsProtocols.IsValid(policy.Protocols) ? $"Invalid TLS protocol list \"{policy.Protocols}\": aborting TLS session"
        : !TlsCipherGrades.IsGrade(policy.CipherGrade) ? $"invalid cipher grade: \"{policy.CipherGrade}\""
        : null;

    private Result Object(SmtpSession session, TlsPolicy policy, string objection)
    {
        log.Warning($"{session.Server.Relay}: {objection}");
        session.Connection.MarkBroken();
        return HandshakeFailed(session, policy);
    }

    private static Result HandshakeFailed(SmtpSession session, TlsPolicy policy)
    {
        if (policy.Level.RequiresTls())
        {
            session.TlsStatus = policy.Level.Violated();
        }

        return new Result(false, SessionFailure.Local("4.7.5", "Cannot start TLS: handshake failure", true) with { IsDisconnected = true })
        {
            MayRetryInClear = !policy.Level.RequiresTls(),
        };
    }

    internal static TlsSessionOptions Options(TlsPolicy policy, TlsResumption? resumption, ClientTlsSettings settings) => new()
    {
        ServerName = policy.ServerName,
        ExpectedNames = policy.Level is TlsLevel.Verify or TlsLevel.Secure || policy.Tlsa.Count > 0 ? policy.Matches : policy.TestedNames,
        WildcardsMatchManyLabels = settings.WildcardsMatchManyLabels,
        Tlsa = [.. policy.Tlsa.Select(record => (record.Usage, record.Selector, record.MatchingType, record.Association.ToArray()))],
        TlsaDomain = policy.TlsaDomain,
        HasTrustAnchors = policy.TrustAnchorFiles.Count > 0,
        AsksRawKey = AsksRawKey(policy),
        Resumption = resumption,
    };

    // A bare key bears no name and no issuer. Of TLSA records only "3 1" speak of the key alone, and who has others may mean to change it by them.
    internal static bool AsksRawKey(TlsPolicy policy) => policy.PrefersRawKeys && policy.TestedNames.Count == 0 && policy.Level switch
    {
        TlsLevel.May or TlsLevel.Encrypt or TlsLevel.Fingerprint => policy.Tlsa.Count == 0,
        TlsLevel.HalfDane or TlsLevel.Dane or TlsLevel.DaneOnly => policy.Tlsa.Count > 0 && policy.Tlsa.All(record => record is { Usage: 3, Selector: 1 }),
        _ => false,
    };

    private void LogFailure(ServerAddress server, Exception e)
    {
        var what = e switch
        {
            TlsException => "-1",
            OperationCanceledException => "Connection timed out",
            _ => "lost connection",
        };
        log.Info(string.Create(CultureInfo.InvariantCulture, $"SSL_connect error to {server.Relay}: {what}"));
        foreach (var line in (e as TlsException)?.Errors ?? [])
        {
            log.Warning($"TLS library problem: {line}");
        }
    }
}
