using System.Globalization;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;

namespace Estafeta.Queue.Administration;

/// <summary>An envelope as postcat(1) shows it: the names and forms of the records of a Postfix queue file.</summary>
public static class EnvelopeRecords
{
    public static IReadOnlyList<KeyValuePair<string, string>> From(QueuedMessage message)
    {
        var envelope = message.Envelope;
        var records = new List<KeyValuePair<string, string>>
        {
            new("message_size", Sizes(message)),
            new("message_arrival_time", Time(envelope.ArrivalTime)),
            new("create_time", Time(envelope.ArrivalTime)),
        };
        AddAttributes(records, envelope);
        records.Add(new("sender", envelope.Sender));
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            AddRecipient(records, envelope.Recipients[i], message.Outcomes[i] is { IsFinal: true });
        }

        return records;
    }

    // Size, offset of the content, recipients, and three more numbers of Postfix's file format.
    private static string Sizes(QueuedMessage message) => string.Create(
        CultureInfo.InvariantCulture,
        $"{message.ContentOctets,15} {0,15} {message.Envelope.LoggedRecipientCount,15} {0,15} {message.ContentOctets,15} {0,15}");

    /// <summary>As ctime(3) has it.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture) is var text
        && text[9] == ' ' ? text.Insert(8, " ") : text;

    private static void AddAttributes(List<KeyValuePair<string, string>> records, Envelope envelope)
    {
        var client = envelope.Client;
        Add("rewrite_context", client.IsLocal ? "local" : "remote");
        if (envelope.ContentFilter is { } filter)
        {
            records.Add(new("content_filter", filter));
        }

        if (envelope.DsnEnvelopeId is { } id)
        {
            Add("envelope_id", id);
        }

        if (envelope.DsnReturn != DsnReturn.Unspecified)
        {
            Add("ret_flags", envelope.DsnReturn == DsnReturn.Full ? "1" : "2");
        }

        AddGiven("client_name", client.Name);
        AddGiven("client_address", client.Address);
        AddGiven("client_port", client.Port);
        AddGiven("helo_name", client.Helo);
        AddGiven("protocol_name", client.Protocol);
        AddGiven("sasl_method", client.SaslMethod);
        AddGiven("sasl_username", client.SaslUsername);
        AddGiven("sasl_sender", client.SaslSender);
        AddGiven("body_type", envelope.Is8Bit ? "8BITMIME" : "");
        foreach (var (name, value) in envelope.Attributes)
        {
            if (name != Envelope.RecipientCountAttribute)
            {
                Add(name, value);
            }
        }

        void Add(string name, string value) => records.Add(new("named_attribute", name + "=" + value));

        void AddGiven(string name, string value)
        {
            if (value.Length > 0)
            {
                Add(name, value);
            }
        }
    }

    private static void AddRecipient(List<KeyValuePair<string, string>> records, EnvelopeRecipient recipient, bool isDone)
    {
        if (recipient.DsnOriginalRecipient is { } original)
        {
            records.Add(new("named_attribute", "dsn_orig_rcpt=" + original));
        }

        if (recipient.Notify != DsnNotify.Unspecified)
        {
            records.Add(new("named_attribute", "notify_flags=" + ((int)recipient.Notify).ToString(CultureInfo.InvariantCulture)));
        }

        if (recipient.OriginalAddress.Length > 0)
        {
            records.Add(new("original_recipient", recipient.OriginalAddress));
        }

        records.Add(new(isDone ? "done_recipient" : "recipient", recipient.Address));
    }
}
