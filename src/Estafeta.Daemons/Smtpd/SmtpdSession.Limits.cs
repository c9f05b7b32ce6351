using Estafeta.Services.ClientLimits;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd;

/// <summary>smtpd_client_*_limit: what one client may do in how much time. Nobody but the first connection of a client waits for the counts.</summary>
internal sealed partial class SmtpdSession
{
    /// <summary>Null when this client is not counted.</summary>
    private ClientTally? _tally;

    /// <summary>Counts the connection; whether it is one too many is said after the greeting's TLS handshake, if any.</summary>
    private async ValueTask CountConnectionAsync() =>
        _tally = await service.IsXclientAllowedAsync(this) == true ? null : await service.Limits.OpenAsync(Peer, CancellationToken);

    /// <summary>Null, or the refusal.</summary>
    private string? CheckConnectionLimits()
    {
        var limits = service.Limits.Settings;
        if (_tally is not { } tally)
        {
            return null;
        }

        if (limits.ConnectionCount > 0 && tally.Connections is var count && count > limits.ConnectionCount)
        {
            ReportLimit("Connection concurrency", count);
        }
        else if (limits.ConnectionRate > 0 && tally.ConnectionRate is var rate && rate > limits.ConnectionRate)
        {
            ReportLimit("Connection rate", rate);
        }
        else
        {
            return null;
        }

        return $"421 4.7.0 {Settings.Myhostname} Error: too many connections from {Peer.Address}";
    }

    /// <summary>Counts a MAIL command.</summary>
    public string? CheckMessageRate() => Exceeds(ClientEvent.Message, service.Limits.Settings.MessageRate, "Message delivery request rate")
        ? $"450 4.7.1 Error: too much mail from {Peer.Address}"
        : null;

    /// <summary>Counts a RCPT command.</summary>
    public string? CheckRecipientRate() => Exceeds(ClientEvent.Recipient, service.Limits.Settings.RecipientRate, "Recipient address rate")
        ? $"450 4.7.1 Error: too many recipients from {Peer.Address}"
        : null;

    /// <summary>Counts an AUTH command.</summary>
    public string? CheckAuthRate() => Exceeds(ClientEvent.Authentication, service.Limits.Settings.AuthRate, "AUTH command rate")
        ? $"450 4.7.1 Error: too many AUTH commands from {Peer.Address}"
        : null;

    /// <summary>Before a handshake: whether the client has made too many already.</summary>
    public string? CheckTlsRate()
    {
        var limit = service.Limits.Settings.NewTlsSessionRate;
        if (_tally == null || limit == 0 || _tally.RateOf(ClientEvent.NewTlsSession) <= limit)
        {
            return null;
        }

        Log.Warning($"Refusing STARTTLS request from {Peer.NameAddress} for service {service.Limits.ServiceName}");
        return $"454 4.7.0 Error: too many new TLS sessions from {Peer.Address}";
    }

    /// <summary>Counts a handshake; resumed sessions cost little and do not count.</summary>
    private string? CheckNewTlsSession(bool isResumed) =>
        !isResumed && Exceeds(ClientEvent.NewTlsSession, service.Limits.Settings.NewTlsSessionRate, "New TLS session rate")
            ? $"421 4.7.0 {Settings.Myhostname} Error: too many new TLS sessions from {Peer.Address}"
            : null;

    private bool Exceeds(ClientEvent kind, int limit, string what)
    {
        if (_tally == null || limit == 0 || _tally.Count(kind) is var rate && rate <= limit)
        {
            return false;
        }

        ReportLimit(what, rate);
        return true;
    }

    private void ReportLimit(string what, int number) =>
        Log.Warning(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{what} limit exceeded: {number} from {Peer.NameAddress} for service {service.Limits.ServiceName}"));
}
