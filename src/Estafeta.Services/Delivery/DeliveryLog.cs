using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Delivery;

/// <summary>
/// The one line per recipient and attempt that delivery agents (and cleanup, when it bounces by itself) write:
/// <c>QID: to=&lt;r&gt;, orig_to=&lt;o&gt;, relay=…, delay=…, delays=a/b/c/d, dsn=x.y.z, status=sent (text)</c>.
/// </summary>
public sealed class DeliveryLog(IMailLog log, int resolutionLimit, LoggedAddressForm addresses = default)
{
    public DeliveryLog(IMailLog log, ParameterSet parameters)
        : this(log, parameters.Get(Parameters.DelayLoggingResolutionLimit), LoggedAddressForm.Load(parameters))
    {
    }

    public IMailLog Log => log;

    public void Write(DeliveryRequest request, DeliveryRecipient recipient, DeliveryStatus status, DeliveryTimes times, DeliveryLogDetails details = default) =>
        log.Info(Format(request, recipient, status, times, details));

    internal string Format(DeliveryRequest request, DeliveryRecipient recipient, DeliveryStatus status, DeliveryTimes times, DeliveryLogDetails details)
    {
        var line = new StringBuilder(256);
        line.Append(request.QueueId).Append(": to=<").Append(addresses.Of(recipient.Address)).Append('>');
        if (recipient.OriginalAddress.Length > 0 && !recipient.OriginalAddress.Equals(recipient.Address, StringComparison.OrdinalIgnoreCase))
        {
            line.Append(", orig_to=<").Append(addresses.Of(recipient.OriginalAddress)).Append('>');
        }

        line.Append(", relay=").Append(status.Relay);
        if (details.ConnectionUses > 1)
        {
            line.Append(", conn_use=").Append(details.ConnectionUses);
        }

        AppendDelays(line, request, times);
        if (details.Tls is { Length: > 0 } tls)
        {
            line.Append(", tls=").Append(tls);
        }

        line.Append(", dsn=").Append(status.Status.Class).Append('.').Append(status.Status.Subject).Append('.').Append(status.Status.Detail);
        line.Append(", status=").Append(details.IsSoftBounce ? "SOFTBOUNCE" : Word(status.Action));
        return line.Append(" (").Append(status.Reason).Append(')').ToString();
    }

    private static string Word(DeliveryAction action) => action switch
    {
        DeliveryAction.Sent => "sent",
        DeliveryAction.Deferred => "deferred",
        DeliveryAction.Bounced => "bounced",
        DeliveryAction.Deliverable => "deliverable",
        _ => "undeliverable",
    };

    private void AppendDelays(StringBuilder line, DeliveryRequest request, DeliveryTimes times)
    {
        Append(", delay=", times.Done - request.ArrivalTime);
        Append(", delays=", request.ActiveTime - request.ArrivalTime);
        Append("/", times.Started - request.ActiveTime);
        Append("/", times.Connected is { } connected ? connected - times.Started : TimeSpan.Zero);
        Append("/", times.Done - (times.Connected ?? times.Started));

        void Append(string before, TimeSpan delay)
        {
            line.Append(before);
            DelayText.Append(line, delay, resolutionLimit);
        }
    }
}

/// <param name="ConnectionUses">How often the connection has been used; logged from the second time on.</param>
/// <param name="Tls">smtp_log_tls_feature_status; null for agents without TLS.</param>
/// <param name="IsSoftBounce">soft_bounce made a failure temporary.</param>
public readonly record struct DeliveryLogDetails(int ConnectionUses = 0, string? Tls = null, bool IsSoftBounce = false);
