namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>What a reply is about: decides its words and which address codes of RFC 3463 §3.2 make sense in it.</summary>
internal sealed record ReplyClass(string Words)
{
    public static readonly ReplyClass Client = new("Client host");
    public static readonly ReplyClass ReverseClient = new("Unverified Client host");
    public static readonly ReplyClass ClientCertificate = new("Client certificate");
    public static readonly ReplyClass SaslUser = new("SASL login name");
    public static readonly ReplyClass Helo = new("Helo command");
    public static readonly ReplyClass Sender = new("Sender address");
    public static readonly ReplyClass Recipient = new("Recipient address");
    public static readonly ReplyClass Etrn = new("Etrn command");
    public static readonly ReplyClass Data = new("Data command");
    public static readonly ReplyClass EndOfData = new("End-of-data");

    /// <summary>
    /// Moves an address status to this side: a bad destination mailbox is no thing to say about a sender, and 5.1.x nothing to say
    /// about a host.
    /// </summary>
    public string Fit(string status)
    {
        if (status.Length < 5 || status[1] != '.' || !status.AsSpan(2).StartsWith("1.", StringComparison.Ordinal))
        {
            return status;
        }

        var detail = status[4..];
        if (detail.Length > 1 && (this == Sender || this == Recipient))
        {
            return status; // 5.1.10 (RFC 7505) has no other side
        }

        var fitted = this == Sender
            ? detail switch { "1" or "3" or "4" or "6" or "7" => "1.7", "2" or "8" => "1.8", _ => "1.0" }
            : this == Recipient
                ? detail switch { "7" => "1.3", "8" => "1.2", "0" or "1" or "2" or "3" or "4" or "5" or "6" => "1." + detail, _ => "1.0" }
                : "0.0";
        return $"{status[0]}.{fitted}";
    }
}
