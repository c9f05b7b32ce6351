using System.Buffers.Text;
using Estafeta.Net.OAuth.Client;
using Estafeta.Net.Sasl.Client;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>AUTH (RFC 4954): picks a mechanism that both sides and smtp_sasl_*_security_options accept, and goes through with it.</summary>
internal sealed class SaslLogin(SaslSettings settings, bool hasCertificate, AccessTokens tokens, SmtpTimeouts timeouts, IMailLog log, TimeProvider time)
{
    private const int MaximumSteps = 10;
    private const int MaximumLine = 512;

    private readonly RefusedLogins? _refused =
        settings.RefusedLogins == null ? null : new RefusedLogins(settings.RefusedLogins, settings.RefusalLifetime, time);

    /// <summary>Null when logged in.</summary>
    public async ValueTask<SessionFailure?> RunAsync(SmtpSession session, SaslCredentials credentials, CancellationToken cancellationToken)
    {
        if (_refused != null && await _refused.FindAsync(session.Server.HostName, credentials, cancellationToken) is { } known)
        {
            return Soften(SessionFailure.RefusedLogin(session.Server, known, "SASL [CACHED]"));
        }

        var offered = await FilterAsync(session.AuthMechanisms, cancellationToken);
        if (offered.Count == 0)
        {
            return SessionFailure.Local(
                "4.7.0",
                $"SASL authentication failed: server {session.Server.NameAndAddress} offered no compatible authentication mechanisms for this type of connection security",
                true);
        }

        var options = session.Tls == null ? settings.InClear
            : session.Tls.Negotiated.IsPeerVerified && session.Policy.Level.RequiresMatch() ? settings.OverVerifiedTls
            : settings.OverTls;
        var client = SaslClientMechanisms.Choose(offered, options, credentials, settings.UsesTokens, !settings.MechanismFilter.IsEmpty, Describe(session));
        using var ends = client as IDisposable;
        if (client == null)
        {
            log.Warning("SASL authentication failure: No worthy mechs found");
            return CannotAuthenticate(session, "no mechanism available");
        }

        var initial = client.InitialResponse;
        var encoded = initial == null ? "" : initial.Length == 0 ? "=" : Convert.ToBase64String(initial);

        // RFC 4954 §4: an initial response that would make the line too long waits for an empty challenge.
        var isInline = encoded.Length > 0 && "AUTH ".Length + client.Name.Length + 1 + encoded.Length + 2 <= MaximumLine;
        var line = isInline ? $"AUTH {client.Name} {encoded}" : $"AUTH {client.Name}";
        for (var step = 0; step < MaximumSteps; step++)
        {
            session.Connection.WriteSecret(line, step == 0 ? $"AUTH {client.Name} <...>" : "<...>");
            var sent = await session.Connection.FlushAsync(timeouts.Helo, cancellationToken);
            var reply = sent == ReplyFailure.None ? await session.Connection.ReadReplyAsync(timeouts.Helo, cancellationToken) : SmtpReply.NoReply(sent);
            if (reply.IsLost)
            {
                return SessionFailure.NoReply(session.Server, reply.Failure, "performing the EHLO handshake", true);
            }

            if (reply.IsPositive)
            {
                return client.IsServerProven ? null : CannotAuthenticate(session, "the server did not prove that it knows the password");
            }

            if (reply.Class != 3)
            {
                return await RefusedAsync(session, credentials, reply, cancellationToken);
            }

            if (!TryDecode(reply.Text, out var challenge) || await RespondAsync(client, challenge, cancellationToken) is not { } response)
            {
                return CannotAuthenticate(session, "bad protocol / cancel");
            }

            line = Convert.ToBase64String(response);
        }

        return CannotAuthenticate(session, "bad protocol / cancel");
    }

    private async ValueTask<SessionFailure> RefusedAsync(
        SmtpSession session, SaslCredentials credentials, SmtpReply reply, CancellationToken cancellationToken)
    {
        if (credentials.TokenPath is { } path)
        {
            // Revoked, or the clocks differ: the next try has a new one.
            tokens.Reject(path, credentials.Password);
        }
        else if (_refused != null)
        {
            await _refused.RememberAsync(session.Server.HostName, credentials, reply, cancellationToken);
        }

        return Soften(SessionFailure.RefusedLogin(session.Server, reply, "SASL"));
    }

    private SessionFailure Soften(SessionFailure failure) => settings.SoftBounces ? failure.AsTemporary() : failure;

    private SaslClientConnection Describe(SmtpSession session) => new()
    {
        HostName = session.Server.HostName,
        ChannelBinding = session.Tls?.Negotiated.ChannelBinding,
        HasCertificate = session.Tls != null && hasCertificate,
    };

    private static async ValueTask<byte[]?> RespondAsync(SaslClientMechanism client, byte[] challenge, CancellationToken cancellationToken)
    {
        if (client.Blocks)
        {
            return await Task.Factory.StartNew(
                () => client.TryRespond(challenge, out var late) ? late : null, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        return client.TryRespond(challenge, out var response) ? response : null;
    }

    private static bool TryDecode(string text, out byte[] challenge)
    {
        var encoded = text.Length > 4 ? text[4..].Trim() : "";
        encoded = encoded == "=" ? "" : encoded;
        challenge = [];
        if (!Base64.IsValid(encoded))
        {
            return false;
        }

        challenge = Convert.FromBase64String(encoded);
        return true;
    }

    private static SessionFailure CannotAuthenticate(SmtpSession session, string reason) =>
        SessionFailure.Local("4.7.0", $"SASL authentication failed; cannot authenticate to server {session.Server.NameAndAddress}: {reason}", true);

    private async ValueTask<IReadOnlyCollection<string>> FilterAsync(string mechanisms, CancellationToken cancellationToken)
    {
        var offered = mechanisms.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (settings.MechanismFilter.IsEmpty)
        {
            return offered;
        }

        var kept = new List<string>();
        foreach (var mechanism in offered)
        {
            if ((await settings.MechanismFilter.MatchAsync(mechanism, cancellationToken)).IsFound)
            {
                kept.Add(mechanism);
            }
        }

        return kept;
    }
}
