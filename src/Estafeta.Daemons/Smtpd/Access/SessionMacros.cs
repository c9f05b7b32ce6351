namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>The session's own macros in default_rbl_reply, rbl_reply_maps and smtpd_reject_footer (postconf(5)).</summary>
internal static class SessionMacros
{
    /// <summary>Null for a name that is none of them.</summary>
    public static string? Find(AccessSubject subject, string name) => name switch
    {
        "client" => subject.Peer.NameAddress,
        "client_address" => subject.Peer.Address,
        "client_name" => subject.Peer.Name,
        "client_port" => subject.Peer.Port,
        "reverse_client_name" => subject.Peer.ReverseName,
        "server_address" => subject.Peer.ServerAddress,
        "server_port" => subject.Peer.ServerPort,
        "helo_name" => subject.Helo ?? "",
        "sender" => subject.Sender is { } sender ? (sender.Length > 0 ? sender : "<>") : "",
        "sender_name" => NameOf(subject.Sender),
        "sender_domain" => DomainOf(subject.Sender),
        "recipient" => subject.Recipient ?? "",
        "recipient_name" => NameOf(subject.Recipient),
        "recipient_domain" => DomainOf(subject.Recipient),
        "sasl_method" => subject.SaslMethod,
        "sasl_username" => subject.SaslUsername,
        "sasl_sender" => subject.SaslSender,
        _ => null,
    };

    private static string NameOf(string? address) => address switch
    {
        null => "",
        "" => "<>",
        _ => address.LastIndexOf('@') is >= 0 and var at ? address[..at] : address,
    };

    private static string DomainOf(string? address) => address?.LastIndexOf('@') is >= 0 and var at ? address[(at + 1)..] : "";
}
