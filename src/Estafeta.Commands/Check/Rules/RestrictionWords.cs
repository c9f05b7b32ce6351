using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Check.Rules;

/// <summary>The words of restriction lists, and which of them decide for everybody.</summary>
internal static class RestrictionWords
{
    private static readonly HashSet<string> Plain = new(StringComparer.Ordinal)
    {
        "defer", "defer_if_permit", "defer_if_reject", "defer_unauth_destination", "permit", "permit_auth_destination", "permit_inet_interfaces", "permit_mx_backup",
        "permit_mynetworks", "permit_naked_ip_address", "permit_sasl_authenticated", "permit_tls_all_clientcerts", "permit_tls_clientcerts", "reject",
        "reject_invalid_helo_hostname", "reject_invalid_hostname", "reject_multi_recipient_bounce", "reject_non_fqdn_helo_hostname", "reject_non_fqdn_hostname",
        "reject_non_fqdn_recipient", "reject_non_fqdn_sender", "reject_plaintext_session", "reject_sender_login_mismatch", "reject_authenticated_sender_login_mismatch",
        "reject_known_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch", "reject_unauth_destination", "reject_unauth_pipelining",
        "reject_unknown_address", "reject_unknown_client", "reject_unknown_client_hostname", "reject_unknown_helo_hostname",
        "reject_unknown_hostname", "reject_unknown_recipient_domain", "reject_unknown_reverse_client_hostname", "reject_unknown_sender_domain", "reject_unlisted_recipient",
        "reject_unlisted_sender", "reject_unverified_recipient", "reject_unverified_sender", "warn_if_reject", "reject_maps_rbl", "check_relay_domains",
        "check_recipient_maps",
    };

    private static readonly HashSet<string> WithArgument = new(StringComparer.Ordinal)
    {
        "check_ccert_access", "check_client_a_access", "check_client_access", "check_client_mx_access", "check_client_ns_access", "check_etrn_access", "check_helo_a_access",
        "check_helo_access", "check_helo_mx_access", "check_helo_ns_access", "check_policy_service", "check_recipient_a_access", "check_recipient_access",
        "check_recipient_mx_access", "check_recipient_ns_access", "check_reverse_client_hostname_a_access", "check_reverse_client_hostname_access",
        "check_reverse_client_hostname_mx_access", "check_reverse_client_hostname_ns_access", "check_sasl_access", "check_sender_a_access", "check_sender_access",
        "check_sender_mx_access", "check_sender_ns_access", "permit_dnswl_client", "permit_rhswl_client", "reject_rbl_client", "reject_rhsbl_client", "reject_rhsbl_helo",
        "reject_rhsbl_recipient", "reject_rhsbl_reverse_client", "reject_rhsbl_sender", "sleep", "check_address_map",
        "reject_rbl",
    };

    /// <summary>Names of former versions, with those of today.</summary>
    public static readonly Dictionary<string, string> Obsolete = new(StringComparer.Ordinal)
    {
        ["check_recipient_maps"] = "reject_unlisted_recipient",
        ["check_relay_domains"] = "permit_mynetworks, reject_unauth_destination",
        ["permit_naked_ip_address"] = "permit_mynetworks",
        ["reject_invalid_hostname"] = "reject_invalid_helo_hostname",
        ["reject_maps_rbl"] = "reject_rbl_client",
        ["reject_non_fqdn_hostname"] = "reject_non_fqdn_helo_hostname",
        ["reject_rbl"] = "reject_rbl_client",
        ["reject_unknown_address"] = "reject_unknown_sender_domain",
        ["reject_unknown_client"] = "reject_unknown_client_hostname",
        ["reject_unknown_hostname"] = "reject_unknown_helo_hostname",
    };

    /// <summary>Postfix 3.9 took it out: mail is answered 451.</summary>
    public static bool IsRemoved(string word) => word is "check_relay_domains" or "permit_naked_ip_address" or "reject_maps_rbl";

    /// <summary>The parameters that hold such lists.</summary>
    public static readonly StringParameter[] Lists =
    [
        Parameters.SmtpdClientRestrictions, Parameters.SmtpdHeloRestrictions, Parameters.SmtpdSenderRestrictions, Parameters.SmtpdRelayRestrictions,
        Parameters.SmtpdRecipientRestrictions, Parameters.SmtpdDataRestrictions, Parameters.SmtpdEndOfDataRestrictions, Parameters.SmtpdEtrnRestrictions,
    ];

    public static IEnumerable<string> All => Plain.Concat(WithArgument);

    public static bool TakesArgument(string word) => WithArgument.Contains(word);

    public static bool IsKnown(string word) => Plain.Contains(word) || WithArgument.Contains(word);

    /// <summary>What comes behind it is never reached.</summary>
    public static bool IsFinal(string word) => word is "permit" or "reject" or "defer";

    /// <summary>Permits clients of whom nothing is known but what they say, or what a certificate authority or a name server says.</summary>
    public static bool IsWide(string word) => word is "permit_tls_all_clientcerts" or "permit_mx_backup" or "permit_dnswl_client" or "permit_rhswl_client";

    /// <summary>No stranger's mail for a stranger's domain gets past it.</summary>
    public static bool StopsRelay(string word) =>
        word is "reject" or "defer" or "reject_unauth_destination" or "defer_unauth_destination" or "defer_if_permit";

    /// <summary>The words of a list; an argument goes with the word before it.</summary>
    public static List<(string Word, string Argument)> Split(string value)
    {
        var words = WordList.Split(value);
        var result = new List<(string, string)>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i].ToLowerInvariant();
            result.Add(TakesArgument(word) && i + 1 < words.Count ? (word, words[++i]) : (words[i].Contains(':', StringComparison.Ordinal) ? words[i] : word, ""));
        }

        return result;
    }
}
