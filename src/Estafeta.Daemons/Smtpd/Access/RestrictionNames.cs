using System.Collections.Frozen;
using Estafeta.Daemons.Smtpd.Access.Restrictions;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>Makes the restriction of a name; takes its argument from the words that follow.</summary>
internal delegate Restriction RestrictionFactory(RestrictionParser parser, string name, RestrictionWords words);

/// <summary>Every restriction by its name in main.cf (postconf(5)), old names and those that Postfix no longer has included.</summary>
internal static class RestrictionNames
{
    private static readonly FrozenDictionary<string, RestrictionFactory> Factories = Create().ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="name">In lower case.</param>
    public static RestrictionFactory? Find(string name) => Factories.GetValueOrDefault(name);

    private static Dictionary<string, RestrictionFactory> Create()
    {
        var names = new Dictionary<string, RestrictionFactory>(StringComparer.Ordinal);
        AddConstants(names);
        AddClients(names);
        AddNames(names);
        AddAddresses(names);
        AddTables(names);
        AddServerTables(names);
        AddDnsLists(names);
        AddRemoved(names);
        return names;
    }

    private static void AddConstants(Dictionary<string, RestrictionFactory> names)
    {
        names["permit"] = static (_, n, w) => new PermitRestriction(n) { Ignored = RestrictionParser.ReadIgnored(n, w) };
        names["reject"] = static (_, n, w) => new RejectRestriction(n) { Ignored = RestrictionParser.ReadIgnored(n, w) };
        names["defer"] = static (_, n, w) => new DeferRestriction(n) { Ignored = RestrictionParser.ReadIgnored(n, w) };
        names["defer_if_permit"] = static (_, n, _) => new DeferIfPermitRestriction(n);
        names["defer_if_reject"] = static (_, n, _) => new DeferIfRejectRestriction(n);
        names["warn_if_reject"] = static (p, n, w) => p.ReadWarning(n, w);
        names["sleep"] = static (_, n, w) => RestrictionParser.ReadSleep(n, w);
        names["check_policy_service"] = static (p, n, w) => p.ReadPolicyService(n, w);
    }

    private static void AddClients(Dictionary<string, RestrictionFactory> names)
    {
        names["permit_mynetworks"] = static (_, n, _) => new PermitNetworksRestriction(n, static (s, p, c) => s.IsInMynetworksAsync(p, c));
        names["permit_inet_interfaces"] = static (_, n, _) => new PermitNetworksRestriction(n, static (s, p, c) => s.IsOwnAddressAsync(p, c));
        names["permit_sasl_authenticated"] = static (_, n, _) => new PermitSaslAuthenticatedRestriction(n);
        names["permit_tls_clientcerts"] = static (_, n, _) => new PermitCertificateRestriction(n, any: false);
        names["permit_tls_all_clientcerts"] = static (_, n, _) => new PermitCertificateRestriction(n, any: true);
        names["reject_unauth_pipelining"] = static (_, n, _) => new RejectUnauthPipeliningRestriction(n);
        names["reject_plaintext_session"] = static (_, n, _) => new PlaintextSessionRestriction(n);
        names["reject_unknown_client_hostname"] = static (_, n, _) => new UnknownClientRestriction(n, isReverse: false);
        names["reject_unknown_client"] = names["reject_unknown_client_hostname"];
        names["reject_unknown_reverse_client_hostname"] = static (_, n, _) => new UnknownClientRestriction(n, isReverse: true);
    }

    private static void AddNames(Dictionary<string, RestrictionFactory> names)
    {
        names["reject_invalid_helo_hostname"] = static (_, n, _) => new InvalidHeloRestriction(n);
        names["reject_invalid_hostname"] = names["reject_invalid_helo_hostname"];
        names["reject_non_fqdn_helo_hostname"] = static (_, n, _) => new NonFqdnHeloRestriction(n);
        names["reject_non_fqdn_hostname"] = names["reject_non_fqdn_helo_hostname"];
        names["reject_unknown_helo_hostname"] = static (_, n, _) => new UnknownHeloRestriction(n);
        names["reject_unknown_hostname"] = names["reject_unknown_helo_hostname"];
    }

    private static void AddAddresses(Dictionary<string, RestrictionFactory> names)
    {
        names["permit_auth_destination"] = static (_, n, _) => new PermitAuthDestinationRestriction(n);
        names["reject_unauth_destination"] = static (_, n, _) => new UnauthDestinationRestriction(n, defers: false);
        names["defer_unauth_destination"] = static (_, n, _) => new UnauthDestinationRestriction(n, defers: true);
        names["permit_mx_backup"] = static (_, n, _) => new MxBackupRestriction(n);
        names["reject_unlisted_recipient"] = static (_, n, _) => new UnlistedRestriction(n, isSender: false);
        names["check_recipient_maps"] = names["reject_unlisted_recipient"];
        names["reject_unlisted_sender"] = static (_, n, _) => new UnlistedRestriction(n, isSender: true);
        names["reject_non_fqdn_sender"] = static (_, n, _) => new NonFqdnAddressRestriction(n, isSender: true);
        names["reject_non_fqdn_recipient"] = static (_, n, _) => new NonFqdnAddressRestriction(n, isSender: false);
        names["reject_unknown_sender_domain"] = static (_, n, _) => new UnknownDomainRestriction(n, isSender: true);
        names["reject_unknown_recipient_domain"] = static (_, n, _) => new UnknownDomainRestriction(n, isSender: false);
        names["reject_unknown_address"] = names["reject_unknown_sender_domain"];
        names["reject_multi_recipient_bounce"] = static (_, n, _) => new MultiRecipientBounceRestriction(n);
        names["reject_unverified_sender"] = static (_, n, _) => new VerifiedAddressRestriction(n, isSender: true);
        names["reject_unverified_recipient"] = static (_, n, _) => new VerifiedAddressRestriction(n, isSender: false);
        names["reject_authenticated_sender_login_mismatch"] = static (_, n, _) => new LoginMismatchRestriction(n, LoginMismatch.Authenticated);
        names["reject_unauthenticated_sender_login_mismatch"] = static (_, n, _) => new LoginMismatchRestriction(n, LoginMismatch.Unauthenticated);
        names["reject_known_sender_login_mismatch"] = static (_, n, _) => new LoginMismatchRestriction(n, LoginMismatch.Known);
        names["reject_sender_login_mismatch"] = static (p, n, _) =>
            p.ReadAlias(n, "reject_authenticated_sender_login_mismatch reject_unauthenticated_sender_login_mismatch");
    }

    private static void AddTables(Dictionary<string, RestrictionFactory> names)
    {
        names["check_client_access"] = static (p, n, w) => p.ReadTable(n, w, static (name, table) => new ClientTableRestriction(name, table, isReverse: false));
        names["check_reverse_client_hostname_access"] =
            static (p, n, w) => p.ReadTable(n, w, static (name, table) => new ClientTableRestriction(name, table, isReverse: true));
        names["check_helo_access"] =
            static (p, n, w) => p.ReadTable(n, w, static (name, table) => new NameTableRestriction(name, table, static s => s.Helo, ReplyClass.Helo));
        names["check_etrn_access"] =
            static (p, n, w) => p.ReadTable(n, w, static (name, table) => new NameTableRestriction(name, table, static s => s.EtrnDomain, ReplyClass.Etrn));
        names["check_sender_access"] = static (p, n, w) => p.ReadTable(n, w, static (name, table) => new MailTableRestriction(name, table, isSender: true));
        names["check_recipient_access"] = static (p, n, w) => p.ReadTable(n, w, static (name, table) => new MailTableRestriction(name, table, isSender: false));
        names["check_sasl_access"] = static (p, n, w) => p.ReadTable(
            n, w, static (name, table) => new ExactTableRestriction(name, table, static s => s.SaslUsername.Length > 0 ? [s.SaslUsername] : [], ReplyClass.SaslUser));
        names["check_address_map"] = static (p, n, w) => p.ReadTable(n, w, static (name, table) => new AddressMapRestriction(name, table));
        names["check_ccert_access"] = static (p, n, w) => p.ReadCertificateTable(n, w);
    }

    private static void AddServerTables(Dictionary<string, RestrictionFactory> names)
    {
        (string Name, ServerTableSubject Subject)[] subjects =
        [
            ("client", ServerTableSubject.Client),
            ("reverse_client_hostname", ServerTableSubject.ReverseClient),
            ("helo", ServerTableSubject.Helo),
            ("sender", ServerTableSubject.Sender),
            ("recipient", ServerTableSubject.Recipient),
        ];
        (string Name, DnsRecordType Type)[] types = [("a", DnsRecordType.A), ("mx", DnsRecordType.MX), ("ns", DnsRecordType.NS)];
        foreach (var (subjectName, subject) in subjects)
        {
            foreach (var (typeName, type) in types)
            {
                var plain = $"check_{subjectName}_{typeName}_access";
                names[plain] = (p, n, w) => p.ReadTable(n, w, (name, table) => new ServerTableRestriction(name, plain, table, subject, type));
            }
        }
    }

    private static void AddDnsLists(Dictionary<string, RestrictionFactory> names)
    {
        names["reject_rbl_client"] = static (_, n, w) => RestrictionParser.ReadDnsList(n, w, static (name, site) => new AddressListRestriction(name, site, permits: false));
        names["reject_rbl"] = names["reject_rbl_client"];
        names["permit_dnswl_client"] = static (_, n, w) => RestrictionParser.ReadDnsList(n, w, static (name, site) => new AddressListRestriction(name, site, permits: true));
        names["permit_rhswl_client"] =
            static (_, n, w) => RestrictionParser.ReadDnsList(n, w, static (name, site) => new NameListRestriction(name, site, NameListSubject.Client, permits: true));
        (string Name, NameListSubject Subject)[] subjects =
        [
            ("client", NameListSubject.Client),
            ("reverse_client", NameListSubject.ReverseClient),
            ("helo", NameListSubject.Helo),
            ("sender", NameListSubject.Sender),
            ("recipient", NameListSubject.Recipient),
        ];
        foreach (var (subjectName, subject) in subjects)
        {
            names["reject_rhsbl_" + subjectName] =
                (_, n, w) => RestrictionParser.ReadDnsList(n, w, (name, site) => new NameListRestriction(name, site, subject, permits: false));
        }
    }
    // Gone since Postfix 3.9.
    private static void AddRemoved(Dictionary<string, RestrictionFactory> names)
    {
        names["check_relay_domains"] = static (_, n, _) => RestrictionParser.Removed(n, "\"reject_unauth_destination\"");
        names["reject_maps_rbl"] = static (_, n, _) => RestrictionParser.Removed(n, "\"reject_rbl_client domain-name\"");
        names["permit_naked_ip_address"] = static (_, n, _) => RestrictionParser.Removed(n, "\"permit_mynetworks\" or \"permit_sasl_authenticated\"");
    }
}
