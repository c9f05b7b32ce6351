using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Smtp;

/// <summary>Whether a server can take this message at all, by what it offers.</summary>
internal static class MessageChecks
{
    public static SessionFailure? Check(DeliveryRequest request, SmtpSession session)
    {
        if (session.Has(EsmtpFeatures.Size) && session.SizeLimit > 0 && request.ContentOctets > session.SizeLimit)
        {
            return SessionFailure.Local(
                "5.3.4",
                $"message size {request.ContentOctets} exceeds size limit {session.SizeLimit} of server {session.Server.NameAndAddress}");
        }

        if (request.NeedsSmtpUtf8 && !session.Has(EsmtpFeatures.SmtpUtf8))
        {
            return SessionFailure.Local("5.6.7", $"SMTPUTF8 is required, but was not offered by host {session.Server.NameAndAddress}");
        }

        return null;
    }
}
