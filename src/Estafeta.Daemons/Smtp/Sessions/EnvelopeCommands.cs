using System.Globalization;
using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// MAIL FROM, RCPT TO and XFORWARD with the parameters this server understands (RFC 1870, 3461, 6152, 6531, 8689). Parameters a server
/// does not know are left out. smtp_generic_maps applies to the addresses.
/// </summary>
internal sealed class EnvelopeCommands(SmtpClientSettings settings, GenericAddresses generic)
{
    public async ValueTask<string> MailFromAsync(DeliveryRequest request, SmtpSession session, CancellationToken cancellationToken)
    {
        var line = new StringBuilder("MAIL FROM:<", 128).Append(await AddressAsync(request.Sender, cancellationToken)).Append('>');
        if (session.Has(EsmtpFeatures.Size) && request.ContentOctets > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" SIZE={request.ContentOctets}");
        }

        if (session.Has(EsmtpFeatures.EightBitMime) && request.Is8Bit)
        {
            line.Append(" BODY=8BITMIME");
        }

        if (session.Has(EsmtpFeatures.Dsn))
        {
            if (request.DsnEnvelopeId is { Length: > 0 } envelopeId)
            {
                line.Append(" ENVID=").Append(Xtext.Encode(envelopeId));
            }

            _ = request.DsnReturn switch
            {
                DsnReturn.Full => line.Append(" RET=FULL"),
                DsnReturn.Headers => line.Append(" RET=HDRS"),
                _ => line,
            };
        }

        if (session.Has(EsmtpFeatures.SmtpUtf8) && request.NeedsSmtpUtf8)
        {
            line.Append(" SMTPUTF8");
        }

        if (session.Demand.IsPassedOn(session))
        {
            line.Append(" REQUIRETLS");
        }

        if (session.Has(EsmtpFeatures.Auth) && settings.SendDummyMailAuth)
        {
            line.Append(" AUTH=<>");
        }

        return line.ToString();
    }

    public async ValueTask<string> RcptToAsync(DeliveryRecipient recipient, SmtpSession session, CancellationToken cancellationToken)
    {
        var line = new StringBuilder("RCPT TO:<", 128).Append(await AddressAsync(recipient.Address, cancellationToken)).Append('>');
        if (!session.Has(EsmtpFeatures.Dsn))
        {
            return line.ToString();
        }

        if (recipient.DsnOriginalRecipient is { Length: > 0 } original)
        {
            // type;address: only the address is encoded (RFC 3461 §4.2).
            var semicolon = original.IndexOf(';', StringComparison.Ordinal);
            line.Append(" ORCPT=").Append(original, 0, semicolon + 1).Append(Xtext.Encode(original[(semicolon + 1)..]));
        }
        else if (recipient.OriginalAddress.Length > 0)
        {
            line.Append(" ORCPT=rfc822;").Append(Xtext.Encode(LocalPart.Quote(recipient.OriginalAddress)));
        }

        if (recipient.Notify != DsnNotify.Unspecified)
        {
            line.Append(" NOTIFY=").Append(NotifyWords(recipient.Notify));
        }

        return line.ToString();
    }

    /// <summary>Up to two commands, as Postfix splits them: where the message came from, and what its client said.</summary>
    public static IEnumerable<string> Xforward(DeliveryRequest request, SmtpSession session)
    {
        var client = request.Client;
        var first = new StringBuilder("XFORWARD");
        Add(first, EsmtpFeatures.XforwardName, "NAME", client.Name);
        Add(first, EsmtpFeatures.XforwardAddress, "ADDR", client.Address.Contains(':', StringComparison.Ordinal) ? "IPV6:" + client.Address : client.Address);
        Add(first, EsmtpFeatures.XforwardPort, "PORT", client.Port);
        var second = new StringBuilder("XFORWARD");
        Add(second, EsmtpFeatures.XforwardProtocol, "PROTO", client.Protocol);
        Add(second, EsmtpFeatures.XforwardHelo, "HELO", client.Helo);
        Add(second, EsmtpFeatures.XforwardIdent, "IDENT", request.QueueId);
        Add(second, EsmtpFeatures.XforwardSource, "SOURCE", client.IsLocal ? "LOCAL" : "REMOTE");
        foreach (var command in (StringBuilder[])[first, second])
        {
            if (command.Length > "XFORWARD".Length)
            {
                yield return command.ToString();
            }
        }

        void Add(StringBuilder command, EsmtpFeatures feature, string name, string value)
        {
            if (session.Has(feature))
            {
                command.Append(' ').Append(name).Append('=').Append(value.Length == 0 ? "[UNAVAILABLE]" : Xtext.Encode(value));
            }
        }
    }

    private async ValueTask<string> AddressAsync(string address, CancellationToken cancellationToken)
    {
        var mapped = await generic.MapAsync(address, cancellationToken);
        return settings.QuoteEnvelope ? LocalPart.Quote(mapped) : mapped;
    }

    private static string NotifyWords(DsnNotify notify)
    {
        if ((notify & DsnNotify.Never) != 0)
        {
            return "NEVER";
        }

        var words = new List<string>(3);
        Add(DsnNotify.Success, "SUCCESS");
        Add(DsnNotify.Failure, "FAILURE");
        Add(DsnNotify.Delay, "DELAY");
        return string.Join(',', words);

        void Add(DsnNotify flag, string word)
        {
            if ((notify & flag) != 0)
            {
                words.Add(word);
            }
        }
    }
}
