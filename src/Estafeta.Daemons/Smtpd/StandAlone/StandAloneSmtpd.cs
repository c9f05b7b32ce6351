using System.Net;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.Authenticity;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.StandAlone;

/// <summary>
/// <c>sendmail -bs</c>: the SMTP server for a program of this machine, on standard input and output, with the rights of who runs it. No
/// client, so no access control, no limits and no TLS; postdrop decides who may submit mail (authorized_submit_users).
/// </summary>
public static class StandAloneSmtpd
{
    // What is about other hosts, or may lie in files that only the mail system can read.
    private static readonly KeyValuePair<string, string>[] Overrides =
    [
        new("smtpd_client_restrictions", ""),
        new("smtpd_helo_restrictions", ""),
        new("smtpd_sender_restrictions", ""),
        new("smtpd_relay_restrictions", "check_client_access static:OK, reject"), // everybody may; without a refusal smtpd does not start
        new("smtpd_recipient_restrictions", ""),
        new("smtpd_data_restrictions", ""),
        new("smtpd_end_of_data_restrictions", ""),
        new("smtpd_reject_unlisted_recipient", "no"),
        new("smtpd_reject_unlisted_sender", "no"),
        new("smtpd_restriction_classes", ""),
        new("smtpd_etrn_restrictions", ""),
        new("smtpd_sasl_auth_enable", "no"),
        new("smtpd_tls_security_level", ""),
        new("smtpd_use_tls", "no"),
        new("smtpd_enforce_tls", "no"),
        new("smtpd_tls_wrappermode", "no"),
        new("smtpd_milters", ""),
        new("smtpd_milter_maps", ""),
        new("smtpd_proxy_filter", ""),
        new("smtpd_upstream_proxy_protocol", ""),
        new("smtpd_authorized_xclient_hosts", ""),
        new("smtpd_authorized_xforward_hosts", ""),
        new("smtpd_authorized_verp_clients", "127.0.0.1"),
        new("smtpd_client_event_limit_exceptions", ""),
        new("smtpd_peername_lookup", "no"),
        new("smtpd_sender_login_maps", ""),
        new("local_header_rewrite_clients", "permit_inet_interfaces"),
        new("notify_classes", ""),
        new("content_filter", ""),
        new("mydestination", "$myhostname"),
        new("virtual_alias_domains", ""),
        new("virtual_alias_maps", ""),
        new("virtual_mailbox_domains", ""),
        new("virtual_mailbox_maps", ""),
        new("relay_domains", ""),
        new("relay_recipient_maps", ""),
        new("local_recipient_maps", ""),
        new("canonical_maps", ""),
        new("recipient_canonical_maps", ""),
        new("transport_maps", ""),
        new("sender_dependent_relayhost_maps", ""),
        new("sender_dependent_default_transport_maps", ""),
        .. AuthenticitySettings.Off,
    ];

    /// <param name="parameters">main.cf.</param>
    /// <param name="stream">What the client says, and hears.</param>
    /// <param name="log">For trouble only: the mail system logs the message when it takes it.</param>
    /// <param name="time">The clock.</param>
    public static async Task RunAsync(ParameterSet parameters, Stream stream, IMailLog log, TimeProvider time)
    {
        var context = new ServiceContext
        {
            ServiceName = "smtpd",
            ServiceType = "stand-alone",
            ProgramName = "smtpd",
            Parameters = parameters.With(Overrides),
            Log = new TroubleLog(log),
            Time = time,
        };
        await using var service = new SmtpdService(context, new SmtpdPartners(new MaildropCleanup(parameters)));
        using var deadline = new Deadline(time);
        await using var wire = new ClientWire(stream, null, deadline, service.Plain.Limits);
        var peer = ClientPeer.From(new ConnectionEnds(new IPEndPoint(IPAddress.Loopback, 0), null)) with { Name = "localhost", ReverseName = "localhost", IsNamed = true };
        await new SmtpdSession(service, service.Plain, wire, peer).RunAsync(CancellationToken.None);
    }

    private sealed class TroubleLog(IMailLog log) : IMailLog
    {
        public void Write(LogSeverity severity, string text)
        {
            if (severity != LogSeverity.Info)
            {
                log.Write(severity, text);
            }
        }
    }
}
