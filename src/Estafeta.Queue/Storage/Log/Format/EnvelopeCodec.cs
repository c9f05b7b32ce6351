using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// The envelope as fields of a record. Recipient and attribute fields follow the item they belong to. The tag numbers are the
/// format: never give one a new meaning.
/// </summary>
internal static class EnvelopeCodec
{
    private const byte Sender = 1;
    private const byte ArrivalTime = 2;
    private const byte DsnEnvelopeId = 3;
    private const byte DsnReturn = 4;
    private const byte Is8Bit = 5;
    private const byte NeedsSmtpUtf8 = 6;
    private const byte RequireTls = 7;
    private const byte ContentFilter = 8;
    private const byte IsProbe = 9;
    private const byte Trace = 10;
    private const byte Verp = 11;

    private const byte ClientName = 20;
    private const byte ClientAddress = 21;
    private const byte ClientPort = 22;
    private const byte ClientHelo = 23;
    private const byte ClientProtocol = 24;
    private const byte ClientReverseName = 25;
    private const byte ClientSaslMethod = 26;
    private const byte ClientSaslUsername = 27;
    private const byte ClientSaslSender = 28;
    private const byte ClientIsLocal = 29;

    private const byte Recipient = 40;
    private const byte RecipientOriginal = 41;
    private const byte RecipientOriginalIsSame = 42;
    private const byte RecipientNotify = 43;
    private const byte RecipientDsnOriginal = 44;

    private const byte AttributeName = 50;
    private const byte AttributeValue = 51;

    public static void Write(ref TlvWriter to, Envelope envelope)
    {
        to.WriteText(Sender, envelope.Sender);
        to.WriteNumber(ArrivalTime, envelope.ArrivalTime.UtcTicks);
        if (envelope.DsnEnvelopeId != null)
        {
            to.WriteItem(DsnEnvelopeId, envelope.DsnEnvelopeId);
        }

        to.WriteByte(DsnReturn, (byte)envelope.DsnReturn);
        to.WriteFlag(Is8Bit, envelope.Is8Bit);
        to.WriteFlag(NeedsSmtpUtf8, envelope.NeedsSmtpUtf8);
        to.WriteFlag(RequireTls, envelope.RequireTls);
        to.WriteText(ContentFilter, envelope.ContentFilter);
        to.WriteFlag(IsProbe, envelope.IsProbe);
        to.WriteByte(Trace, (byte)envelope.Trace);
        if (envelope.Verp != null)
        {
            to.WriteItem(Verp, envelope.Verp);
        }

        WriteClient(ref to, envelope.Client);
        foreach (var recipient in envelope.Recipients)
        {
            WriteRecipient(ref to, recipient);
        }

        foreach (var (name, value) in envelope.Attributes)
        {
            to.WriteItem(AttributeName, name);
            to.WriteItem(AttributeValue, value);
        }
    }

    public static Envelope Read(ReadOnlySpan<byte> octets)
    {
        var recipients = new List<EnvelopeRecipient>();
        var attributes = new List<KeyValuePair<string, string>>();
        var client = new ClientIdentity();
        var envelope = new Envelope { Recipients = recipients, ArrivalTime = default, Attributes = attributes };
        var field = new TlvReader(octets);
        while (field.Read())
        {
            switch (field.Tag)
            {
                case >= ClientName and <= ClientIsLocal:
                    client = ReadClient(client, ref field);
                    break;
                case >= Recipient and <= RecipientDsnOriginal:
                    ReadRecipient(recipients, ref field);
                    break;
                case AttributeName:
                    attributes.Add(new(field.Text, ""));
                    break;
                case AttributeValue when attributes.Count > 0:
                    attributes[^1] = new(attributes[^1].Key, field.Text);
                    break;
                default:
                    envelope = ReadField(envelope, ref field);
                    break;
            }
        }

        return envelope with { Client = client };
    }

    private static void WriteClient(ref TlvWriter to, ClientIdentity client)
    {
        to.WriteText(ClientName, client.Name);
        to.WriteText(ClientAddress, client.Address);
        to.WriteText(ClientPort, client.Port);
        to.WriteText(ClientHelo, client.Helo);
        to.WriteText(ClientProtocol, client.Protocol);
        to.WriteText(ClientReverseName, client.ReverseName);
        to.WriteText(ClientSaslMethod, client.SaslMethod);
        to.WriteText(ClientSaslUsername, client.SaslUsername);
        to.WriteText(ClientSaslSender, client.SaslSender);
        to.WriteFlag(ClientIsLocal, client.IsLocal);
    }

    private static void WriteRecipient(ref TlvWriter to, EnvelopeRecipient recipient)
    {
        to.WriteItem(Recipient, recipient.Address);
        if (recipient.OriginalAddress == recipient.Address)
        {
            to.WriteFlag(RecipientOriginalIsSame, true);
        }
        else
        {
            to.WriteText(RecipientOriginal, recipient.OriginalAddress);
        }

        to.WriteByte(RecipientNotify, (byte)recipient.Notify);
        if (recipient.DsnOriginalRecipient != null)
        {
            to.WriteItem(RecipientDsnOriginal, recipient.DsnOriginalRecipient);
        }
    }

    private static Envelope ReadField(Envelope envelope, ref TlvReader field) => field.Tag switch
    {
        Sender => envelope with { Sender = field.Text },
        ArrivalTime => envelope with { ArrivalTime = new DateTimeOffset(field.Number, TimeSpan.Zero) },
        DsnEnvelopeId => envelope with { DsnEnvelopeId = field.Text },
        DsnReturn => envelope with { DsnReturn = (DsnReturn)field.Byte },
        Is8Bit => envelope with { Is8Bit = field.Flag },
        NeedsSmtpUtf8 => envelope with { NeedsSmtpUtf8 = field.Flag },
        RequireTls => envelope with { RequireTls = field.Flag },
        ContentFilter => envelope with { ContentFilter = field.Text },
        IsProbe => envelope with { IsProbe = field.Flag },
        Trace => envelope with { Trace = (TraceRequest)field.Byte },
        Verp => envelope with { Verp = field.Text },
        _ => envelope,
    };

    private static ClientIdentity ReadClient(ClientIdentity client, ref TlvReader field) => field.Tag switch
    {
        ClientName => client with { Name = field.Text },
        ClientAddress => client with { Address = field.Text },
        ClientPort => client with { Port = field.Text },
        ClientHelo => client with { Helo = field.Text },
        ClientProtocol => client with { Protocol = field.Text },
        ClientReverseName => client with { ReverseName = field.Text },
        ClientSaslMethod => client with { SaslMethod = field.Text },
        ClientSaslUsername => client with { SaslUsername = field.Text },
        ClientSaslSender => client with { SaslSender = field.Text },
        ClientIsLocal => client with { IsLocal = field.Flag },
        _ => client,
    };

    private static void ReadRecipient(List<EnvelopeRecipient> recipients, ref TlvReader field)
    {
        if (field.Tag == Recipient)
        {
            recipients.Add(new EnvelopeRecipient(field.Text));
            return;
        }

        if (recipients.Count == 0)
        {
            throw new InvalidDataException("a recipient field before the first recipient");
        }

        var last = recipients[^1];
        recipients[^1] = field.Tag switch
        {
            RecipientOriginal => last with { OriginalAddress = field.Text },
            RecipientOriginalIsSame => last with { OriginalAddress = last.Address },
            RecipientNotify => last with { Notify = (DsnNotify)field.Byte },
            RecipientDsnOriginal => last with { DsnOriginalRecipient = field.Text },
            _ => last,
        };
    }
}
