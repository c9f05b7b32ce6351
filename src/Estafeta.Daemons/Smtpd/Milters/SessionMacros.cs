using System.Globalization;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Milter;
using Estafeta.Services.Clients;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Milters;

/// <summary>
/// The values of milter macros in an SMTP session (MILTER_README, "What macros will Postfix send to Milters?"). What is not known at the
/// moment has no value, and is not sent unless milter_macro_defaults has one.
/// </summary>
internal sealed class SessionMacros(SmtpdSession session, MilterMacroDefaults defaults)
{
    /// <summary>Where mail to the sender would go; null when nobody wants to know.</summary>
    public ResolvedAddress? Sender { get; set; }

    /// <summary>Where mail to the last recipient would go; null when nobody wants to know.</summary>
    public ResolvedAddress? Recipient { get; set; }

    /// <summary>The reply that refused the recipient a milter is told of.</summary>
    public string? Refusal { get; set; }

    public string? Find(string name) => (name.Length > 0 && name[0] == '{' ? FindNamed(name) : FindLetter(name)) ?? defaults.FindFixed(name) ?? defaults.FindDefault(name);

    /// <summary>As <see cref="Find"/>, while the content is shown: what was about one command is no more, as Postfix has it.</summary>
    public string? FindForContent(string name) =>
        name is "{client_connections}" or "{client_resolve}" or "{mail_addr}" or "{mail_host}" or "{mail_mailer}" or "{rcpt_addr}" or "{rcpt_host}" or "{rcpt_mailer}"
            ? defaults.FindDefault(name)
            : Find(name);

    private string? FindLetter(string name) => name switch
    {
        "i" => session.Transaction?.QueueId,
        "_" => $"{session.Peer.ReverseName} [{session.Peer.Address}]{(session.Peer.NameStatus is ClientNameStatus.Forged ? " (may be forged)" : "")}",
        _ => null,
    };

    private string? FindNamed(string name) => name switch
    {
        "{client_addr}" => session.Peer.MailAddress,
        "{client_name}" => session.Peer.Name,
        "{client_port}" => session.Peer.Port,
        "{client_ptr}" => session.Peer.ReverseName,
        "{client_resolve}" => Describe(session.Peer.NameStatus),
        "{client_connections}" => session.ConnectionCount.ToString(CultureInfo.InvariantCulture),
        "{daemon_addr}" => session.Peer.ServerAddress,
        "{daemon_port}" => session.Peer.ServerPort,
        "{auth_type}" => NullIfEmpty(session.Subject.SaslMethod),
        "{auth_authen}" => NullIfEmpty(session.Subject.SaslUsername),
        "{auth_author}" => NullIfEmpty(session.Subject.SaslSender),
        "{tls_version}" => session.Tls?.Protocol,
        "{cipher}" => session.Tls?.Cipher,
        "{cipher_bits}" => session.Tls?.CipherBits.ToString(CultureInfo.InvariantCulture),
        "{tls_sni}" => NullIfEmpty(session.Tls?.ServerName ?? ""),
        "{cert_subject}" => session.Tls?.PeerCertificate?.SubjectName,
        "{cert_issuer}" => session.Tls?.PeerCertificate?.IssuerName,
        "{mail_addr}" => session.Subject.Sender is { Length: 0 } ? "" : Address(Sender),
        "{mail_host}" => Sender?.Nexthop,
        "{mail_mailer}" => Sender?.Transport,
        "{rcpt_addr}" => Refusal == null ? Address(Recipient) : RefusalText(Refusal),
        "{rcpt_host}" => Refusal == null ? Recipient?.Nexthop : RefusalStatus(Refusal),
        "{rcpt_mailer}" => Refusal == null ? Recipient?.Transport : "error",
        _ => null,
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string? Address(ResolvedAddress? resolved) => resolved == null ? null : LocalPart.Quote(resolved.Recipient.ToLowerInvariant());

    private static string Describe(ClientNameStatus status) => status switch
    {
        ClientNameStatus.Ok => "OK",
        ClientNameStatus.Forged => "FORGED",
        ClientNameStatus.Temporary => "TEMP",
        _ => "FAIL",
    };

    // "550 5.1.1 <a@b>: Recipient address rejected: why": the code is not sent, the address is known.
    private static string RefusalText(string reply)
    {
        var text = AfterWord(AfterWord(reply));
        return text.StartsWith('<') && text.IndexOf(">: ", StringComparison.Ordinal) is > 0 and var end ? text[(end + 3)..] : text;
    }

    private static string RefusalStatus(string reply)
    {
        var rest = AfterWord(reply);
        var end = rest.IndexOf(' ');
        return end < 0 ? rest : rest[..end];
    }

    private static string AfterWord(string text) => text.IndexOf(' ') is >= 0 and var space ? text[(space + 1)..] : "";
}
