namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>A random but reproducible set of parameters: restriction lists with tables, DNS lists and policy service, codes and switches.</summary>
internal sealed class GeneratedConfiguration
{
    private static readonly string[] Plain =
    [
        "permit_mynetworks", "permit_sasl_authenticated", "permit_tls_clientcerts", "permit_tls_all_clientcerts", "permit_auth_destination",
        "reject_unauth_destination", "defer_unauth_destination", "reject_unknown_client_hostname", "reject_unknown_reverse_client_hostname", "reject_unauth_pipelining",
        "reject_plaintext_session", "reject_rbl_client zen.example", "reject_rbl_client zen.example=127.0.0.[2..9]", "reject_rbl_client lamebl.example", "reject_rhsbl_client rhsbl.example",
        "reject_rhsbl_reverse_client rhsbl.example", "reject_rhsbl_helo rhsbl.example", "reject_rhsbl_sender rhsbl.example", "reject_rhsbl_recipient rhsbl.example",
        "permit_dnswl_client dnswl.example", "permit_rhswl_client rhswl.example", "reject_invalid_helo_hostname", "reject_non_fqdn_helo_hostname",
        "reject_unknown_helo_hostname", "reject_non_fqdn_sender", "reject_non_fqdn_recipient", "reject_unknown_sender_domain", "reject_unknown_recipient_domain",
        "reject_unlisted_recipient", "reject_multi_recipient_bounce", "reject_sender_login_mismatch", "reject_authenticated_sender_login_mismatch",
        "reject_unauthenticated_sender_login_mismatch", "reject_known_sender_login_mismatch", "permit_mx_backup", "strict", "lenient", "defer_if_permit", "defer_if_reject", "sleep 0",
        "reject_rbl zen.example", "reject_unknown_address", "reject_unknown_client", "reject_unknown_hostname", "reject_invalid_hostname", "reject_non_fqdn_hostname", "check_recipient_maps",
    ];

    // What two servers that are not one would find out at different times, or see at their own ends.
    private static readonly string[] Alone =
    [
        "reject_unverified_sender", "reject_unverified_recipient", "reject_unlisted_sender", "permit_inet_interfaces", "inline:{{good.example=WARN a table},{192.0.2.66=REJECT a table}}",
        "check_ccert_access static:REJECT", "check_address_map static:OK",
    ];

    private static readonly string[] Tables =
    [
        "check_client_access", "check_reverse_client_hostname_access", "check_helo_access", "check_sender_access", "check_recipient_access", "check_sasl_access", "check_etrn_access",
        "check_client_a_access", "check_client_mx_access", "check_client_ns_access", "check_reverse_client_hostname_a_access", "check_reverse_client_hostname_mx_access",
        "check_reverse_client_hostname_ns_access", "check_helo_a_access", "check_helo_mx_access", "check_helo_ns_access", "check_sender_a_access", "check_sender_mx_access",
        "check_sender_ns_access", "check_recipient_a_access", "check_recipient_mx_access", "check_recipient_ns_access",
    ];

    // reject_unlisted_sender: Postfix does not ask it before sender restrictions. permit_dnswl_client with a list in trouble: Postfix remembers it. permit_inet_interfaces looks at the socket's address, XCLIENT or not, so it is left to the transcripts. Nothing here that trivial-rewrite reads too: the oracle has one for all its services.
    private static readonly string[] Switches =
    [
        "smtpd_delay_reject = no", "smtpd_helo_required = yes", "smtpd_reject_unlisted_sender = yes", "smtpd_reject_unlisted_recipient = no", "soft_bounce = yes", "disable_vrfy_command = yes",
        "strict_rfc821_envelopes = yes", "smtpd_delay_open_until_valid_rcpt = no", "allow_untrusted_routing = yes",
        "smtpd_relay_before_recipient_restrictions = no", "smtpd_log_access_permit_actions = static:all", "unknown_address_tempfail_action = defer", "unknown_helo_hostname_tempfail_action = defer",
        "smtpd_recipient_limit = 3", "smtpd_hard_error_limit = 4", "message_size_limit = 3000", "smtpd_discard_ehlo_keywords = dsn, chunking", "smtpd_noop_commands = expn xnoop",
        "access_map_reject_code = 550", "access_map_defer_code = 451", "maps_rbl_reject_code = 550", "relay_domains_reject_code = 550", "reject_code = 551", "defer_code = 451",
        "unknown_address_reject_code = 550", "unknown_client_reject_code = 550", "unknown_hostname_reject_code = 550", "invalid_hostname_reject_code = 550", "non_fqdn_reject_code = 450",
        "unknown_local_recipient_reject_code = 450", "plaintext_reject_code = 550", "multi_recipient_bounce_reject_code = 450", "smtpd_null_access_lookup_key = null",
        "default_rbl_reply = $rbl_code 5.7.2 Go; $rbl_class [$rbl_what] in $rbl_domain${rbl_reason?; $rbl_reason}, ${client_name}/$client_address/$helo_name/$sender/$recipient/$recipient_domain",
        "rbl_reply_maps = inline:{{zen.example=554 $rbl_what is in zen},{rhsbl.example=450 4.7.2 \"$rbl_reason\"}}", "smtpd_junk_command_limit = 3",
        "parent_domain_matches_subdomains = debug_peer_list, fast_flush_domains, mynetworks, permit_mx_backup_networks, relay_domains", "relay_recipient_maps = inline:{listed@relay.example=x}",
        "smtpd_client_port_logging = yes", "smtpd_soft_error_limit = 1", "permit_mx_backup_networks = 192.0.2.0/24", "smtputf8_enable = no",
    ];

    // In the place of check_policy_service without one, with which Postfix does not start (ours answers 451 4.3.5).
    private const string NoPolicyService = "check_client_access nowhere";

    private readonly Random _random;
    private readonly string[] _plain;

    /// <param name="isAlone">No other server is to do the same with it: also restrictions that would not.</param>
    public GeneratedConfiguration(int seed, string policyEndPoint, bool isAlone = false)
    {
        _random = new Random(seed);
        _plain = isAlone ? [.. Plain, .. Alone] : Plain;
        Policy = _random.Next(3) == 0 ? $"check_policy_service {{ {policyEndPoint}, policy_context=c{seed}, timeout=20s }}" : "check_policy_service " + policyEndPoint;
        var lines = new List<string>
        {
            "smtpd_authorized_xclient_hosts = 127.0.0.1",
            "local_recipient_maps = inline:{{known=x},{owner=x},{known@mail.example.com=x},{u@good.example=x}}",
            "smtpd_sender_login_maps = inline:{{joe@example.com=joe@example.com},{ann@good.example=ann, joe@example.com},{@bad.example=nobody},{owner@mail.example.com=joe@example.com}}",
            "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot", "smtpd_sasl_path = {dovecot}",
            "smtpd_restriction_classes = strict lenient",
            $"strict = {List(2, 4, isClass: true)}",
            $"lenient = {List(1, 3, isClass: true)}, permit",
        };
        foreach (var name in (string[])["client", "helo", "sender", "data", "end_of_data", "etrn"])
        {
            if (_random.Next(100) < 55)
            {
                lines.Add($"smtpd_{name}_restrictions = {List(1, 4)}");
            }
        }

        lines.Add($"smtpd_recipient_restrictions = {List(0, 6)}");
        lines.Add($"smtpd_relay_restrictions = {List(0, 3)} {(_random.Next(4) == 0 ? "defer_unauth_destination" : "reject_unauth_destination")}");
        var switches = Switches.ToArray();
        _random.Shuffle(switches);
        lines.AddRange(switches.Take(_random.Next(2, 9)).DistinctBy(s => s[..s.IndexOf('=')]));
        Lines = lines;
    }

    /// <summary>Everything that may stand in a list, without its arguments.</summary>
    public static IEnumerable<string> Restrictions => [.. Plain.Concat(Alone).Select(static w => w.Split(' ')[0]), .. Tables, "check_policy_service", "warn_if_reject", "reject", "defer", "permit"];

    public IReadOnlyList<string> Lines { get; }

    private string Policy { get; }

    private string List(int least, int most, bool isClass = false)
    {
        var words = new List<string>();
        for (var count = _random.Next(least, most + 1); count > 0; count--)
        {
            var word = _random.Next(20) switch
            {
                < 8 => $"{Pick(Tables)} {Pick(World.AccessTables)}",
                8 => Policy,
                9 when _random.Next(6) == 0 => Pick((string[])["reject", "defer", "permit", "nosuchrestriction", "check_client_access nothing", "reject_rbl_client", NoPolicyService]),
                _ => Pick(_plain) is var plain && isClass && plain is "strict" or "lenient" ? "reject_non_fqdn_sender" : plain,
            };
            words.Add((_random.Next(12) == 0 && !word.StartsWith("permit", StringComparison.Ordinal) ? "warn_if_reject " : "") + word);
        }

        return string.Join(", ", words);
    }

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}
