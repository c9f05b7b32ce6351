using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Services.Delivery;

/// <summary>
/// default_delivery_status_filter and the agents' own: tables asked for <c>4.1.1 text</c> that answer with another code and text.
/// Success stays success and failure stays failure; an answer that breaks this is ignored with a warning.
/// </summary>
public sealed class DeliveryStatusFilter(MapList maps, IMailLog log)
{
    public async ValueTask<DeliveryStatus> ApplyAsync(DeliveryStatus status, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty)
        {
            return status;
        }

        var result = await maps.LookupAsync($"{status.Status} {status.Reason}", cancellationToken);
        if (!result.IsFound)
        {
            // Trouble with the filter is no reason to change what happened to the mail.
            return status;
        }

        var text = result.Value ?? "";
        if (!EnhancedStatus.TryParse(text, out var code, out var length) || text.AsSpan(length).Trim().IsEmpty)
        {
            log.Warning($"{maps.ParameterName}: bad result: {text}");
            return status;
        }

        if (code.IsSuccess != status.Status.IsSuccess)
        {
            log.Warning($"{maps.ParameterName}: bad result: cannot replace {status.Status} with {code}");
            return status;
        }

        return status with
        {
            Action = code.IsSuccess ? status.Action : code.IsPermanent ? DeliveryAction.Bounced : DeliveryAction.Deferred,
            Status = code,
            Reason = text[length..].Trim(),
        };
    }
}
