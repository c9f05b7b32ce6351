using Estafeta.Mail.Headers;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The session under TLS: STARTTLS, or from the first octet on (smtpd_tls_wrappermode).</summary>
internal sealed partial class SmtpdSession
{
    /// <summary>What the handshake agreed on; null in the clear.</summary>
    public TlsParameters? Tls
    {
        get => Subject.Tls;
        private set
        {
            Subject.Tls = value;
            Subject.CertificateFingerprints = value?.PeerCertificate is { } certificate && service.Tls is { } tls
                ? certificate.IsRawKey ? ["", certificate.PublicKeyFingerprint(tls.Settings.FingerprintDigest)]
                : [certificate.Fingerprint(tls.Settings.FingerprintDigest), certificate.PublicKeyFingerprint(tls.Settings.FingerprintDigest)]
                : [];
        }
    }

    /// <summary>RFC 8689 §3: REQUIRETLS exists only under TLS.</summary>
    public bool TakesRequireTls => Tls != null && Settings.RequiretlsEnable && !DiscardedKeywords.HasFlag(EhloKeywords.RequireTls);

    /// <summary>smtpd_tls_security_level = encrypt, and the client has not done STARTTLS yet.</summary>
    private bool MustStartTls => Tls == null && service.Tls is { Settings.Level: TlsServerLevel.Encrypt };

    /// <summary>
    /// The handshake, then a session as new: HELO, MAIL and AUTH of before are forgotten (RFC 3207 §4.2), so is what the client sent
    /// ahead of it. False when the connection is of no more use.
    /// </summary>
    public async ValueTask<bool> StartTlsAsync()
    {
        await EndTransactionAsync();
        Bdat = BdatState.None;
        HeloName = null;
        Milters?.ForgetGreeting();
        IsExtended = false;
        ForgetLogin();
        var logLevel = await service.TlsLogLevels.FindAsync(Peer.Name, Peer.Address, CancellationToken);
        if (service.TicketRenewal is { } renewal)
        {
            await renewal.WaitForKeysAsync(CancellationToken);
        }

        Tls = await wire.EncryptAsync(service.Tls!, Peer.NameAddress, logLevel); // STARTTLS is refused without
        RefreshTrace();
        if (Tls == null)
        {
            return false;
        }

        if (CheckNewTlsSession(Tls.IsResumed) is { } excess)
        {
            await ReplyAsync(excess);
            return false;
        }

        await CheckClientCertificateAsync(Tls);
        return true;
    }

    private async ValueTask<bool> StartWrappedAsync()
    {
        if (service.Tls is not { Settings.IsWrapped: true } tls)
        {
            return true;
        }

        if (tls.IsAvailable)
        {
            return await StartTlsAsync() && !HangsUp;
        }

        Log.Warning($"Wrapper-mode request dropped from {Peer.NameAddress} for service {service.Limits.ServiceName}. "
            + "TLS context initialization failed. For details see earlier warnings in your logs.");
        HangUp();
        return false;
    }

    // smtpd_tls_req_ccert: the handshake goes on with any certificate, so that the refusal can be said in words.
    private async ValueTask CheckClientCertificateAsync(TlsParameters tls)
    {
        if (!service.Tls!.Settings.RequiresClientCertificate || tls.IsPeerVerified) // under TLS there is one
        {
            return;
        }

        var reason = tls.PeerCertificate == null ? "No client certificate presented" : "Client certificate not trusted";
        Log.Info($"NOQUEUE: abort: TLS from {Peer.NameAddress}: {reason}");
        await ReplyAsync($"421 4.7.1 {Settings.Myhostname} Error: {reason}");
    }

    /// <summary>What Received says about TLS and AUTH, after either has changed (RFC 3848).</summary>
    private void RefreshTrace()
    {
        var isAuthenticated = Subject.SaslUsername.Length > 0;
        ProtocolSuffix = (Tls == null ? "" : "S") + (isAuthenticated ? "A" : "");
        List<string> comments = [];
        if (Tls != null && service.Tls is { Settings: { ShowsInReceived: true } settings })
        {
            comments.AddRange(TlsReceivedLines.Format(Tls, settings.AsksClientCertificate, settings.FingerprintDigest));
        }

        if (isAuthenticated && service.Authentication is { Settings.ShowsInReceived: true })
        {
            comments.Add($"(Authenticated sender: {HeaderComment.Clean(Subject.SaslUsername)})");
        }

        ReceivedComments = comments;
    }
}
