using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Smtp;

/// <summary>How far a new connection got.</summary>
internal readonly record struct OpenResult(SessionFailure? Failure)
{
    /// <summary>Opportunistic TLS failed on a message old enough to go in clear: once more over a new connection.</summary>
    public bool RetriesInClear { get; init; }
}

/// <summary>From a connected socket to a session ready for MAIL FROM: wrapper TLS, greeting, EHLO, STARTTLS and EHLO again, AUTH.</summary>
internal sealed class SessionOpener(SmtpClientSettings settings, ClientTlsSettings tls, SmtpHandshake handshake, TlsStarter starter, SaslLogin login, TimeProvider time)
{
    private const int SmtpPort = 25;

    /// <param name="withoutTls">The second try in clear.</param>
    public async ValueTask<OpenResult> OpenAsync(
        SmtpSession session, Destination destination, TlsPolicy policy, DeliveryRequest request, bool withoutTls, CancellationToken cancellationToken)
    {
        var detectsLoops = !settings.IsLmtp && destination.Port == SmtpPort;
        session.TlsStatus = policy.Level == TlsLevel.None ? "none" : withoutTls ? policy.Level.InClear() : policy.Level.Undecided();
        if (tls.IsWrapped)
        {
            var wrapped = await starter.WrapAsync(session, policy, cancellationToken);
            if (wrapped.Failure != null)
            {
                return new OpenResult(wrapped.Failure);
            }
        }

        var failure = await handshake.RunAsync(session, destination.Host, detectsLoops, cancellationToken);
        if (failure != null)
        {
            return new OpenResult(failure);
        }

        if (!tls.IsWrapped && !withoutTls)
        {
            var result = await StartTlsAsync(session, destination, policy, request, cancellationToken);
            if (result.Failure != null)
            {
                return result;
            }
        }

        return session.Credentials != null && session.Has(EsmtpFeatures.Auth)
            ? new OpenResult(await login.RunAsync(session, session.Credentials, cancellationToken))
            : default;
    }

    private async ValueTask<OpenResult> StartTlsAsync(
        SmtpSession session, Destination destination, TlsPolicy policy, DeliveryRequest request, CancellationToken cancellationToken)
    {
        var started = await starter.StartAsync(session, policy, cancellationToken);
        if (started.Failure != null)
        {
            return new OpenResult(started.Failure)
            {
                RetriesInClear = started.MayRetryInClear && time.GetUtcNow() - request.ArrivalTime > tls.PlaintextFallbackAge,
            };
        }

        return started.IsEncrypted ? new OpenResult(await handshake.RepeatAsync(session, destination.Host, cancellationToken)) : default;
    }
}
