using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Smtpd.Access.Dns;
using Estafeta.Daemons.Smtpd.Access.Policy;
using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Values;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Services.Verification;
using Estafeta.Tables;
using Estafeta.Tables.Keys;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>What restrictions work with: settings, tables, the address resolver, time. One per service; immutable.</summary>
internal sealed record AccessServices
{
    public required AccessSettings Settings { get; init; }

    public required TableSet Tables { get; init; }

    public required OldDefaults OldDefaults { get; init; }

    public required IAddressResolver Resolver { get; init; }

    public required RecipientTables Recipients { get; init; }

    public required HostList Mynetworks { get; init; }

    public required IReadOnlySet<IPAddress> OwnAddresses { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary><c>sleep</c> is only noted.</summary>
    public bool SkipsSleep { get; init; }

    public required AccessDns Dns { get; init; }

    public required DnsLists DnsLists { get; init; }

    public required PolicyServices Policies { get; init; }

    /// <summary>verify(8); null where it is out of reach.</summary>
    public required IAddressVerifier? Verifier { get; init; }

    /// <summary>What probes are sent from: mail to it is taken.</summary>
    public required ProbeSenderAddress ProbeSender { get; init; }

    /// <summary>smtpd_sender_login_maps.</summary>
    public required AddressLookup SenderLogins { get; init; }

    /// <summary>relay_clientcerts.</summary>
    public required MapList RelayClientCertificates { get; init; }

    /// <summary>permit_mx_backup_networks.</summary>
    public required HostList MxBackupNetworks { get; init; }

    /// <summary>smtpd_log_access_permit_actions.</summary>
    public required DomainList LoggedPermits { get; init; }

    public static AccessServices Create(ParameterSet parameters, AccessSources sources)
    {
        var tables = sources.Tables;
        var extension = AddressExtensions.Load(parameters);
        var recipients = new RecipientTables(
            [Map(Parameters.RecipientCanonicalMaps), Map(Parameters.CanonicalMaps), Map(Parameters.VirtualAliasMaps)],
            Map(Parameters.VirtualMailboxMaps),
            Map(Parameters.RelayRecipientMaps),
            Map(Parameters.LocalRecipientMaps),
            parameters.Get(Parameters.DoubleBounceSender));
        return new AccessServices
        {
            Settings = AccessSettings.Read(parameters),
            Tables = tables,
            OldDefaults = new OldDefaults(parameters, tables, sources.Log),
            Resolver = sources.Resolver,
            Recipients = recipients,
            Mynetworks = HostList.Open(Parameters.Mynetworks, tables),
            OwnAddresses = Estafeta.Configuration.Interfaces.OwnAddresses.Load(parameters).All,
            Time = sources.Time,
            Dns = sources.Dns,
            DnsLists = new DnsLists(
                sources.Dns, List(Parameters.RblReplyMaps), parameters.Get(Parameters.DefaultRblReply), EscapedText.Decode(parameters.Get(Parameters.SmtpdExpansionFilter))),
            Policies = sources.Policies,
            Verifier = sources.Verifier,
            ProbeSender = ProbeSenderAddress.Create(parameters, a => sources.Resolver.Rewrite(a, localContext: true)),
            SenderLogins = Map(Parameters.SmtpdSenderLoginMaps),
            RelayClientCertificates = List(Parameters.RelayClientcerts),
            MxBackupNetworks = HostList.Open(Parameters.PermitMxBackupNetworks, tables),
            LoggedPermits = DomainList.Open(Parameters.SmtpdLogAccessPermitActions, tables),
        };

        MapList List(StringParameter parameter) => tables.OpenList(parameter.Name, parameters.Get(parameter));

        AddressLookup Map(StringParameter parameter) =>
            new(List(parameter), extension)
            {
                IsLocalDomain = sources.Resolver.LocalDomains.IsBareAsync,
            };
    }

    /// <param name="name"><c>type:name</c>, or that with attributes in braces.</param>
    public ILookupTable OpenTable(string name) => Tables.Open("access table", TableSpecification.Parse("access table", name), Tables.DefaultFlags);

    /// <summary>Class, transport and next hop of an address as the client gave it.</summary>
    public ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken) =>
        Resolver.ResolveAsync(sender, Resolver.Rewrite(address, localContext: true), cancellationToken);

    /// <summary>Null when a table of the list could not say.</summary>
    public async ValueTask<bool?> IsInMynetworksAsync(ClientPeer peer, CancellationToken cancellationToken)
    {
        var result = await Mynetworks.MatchAsync(peer.Name, peer.IPAddress, cancellationToken);
        if (result.IsFound)
        {
            await OldDefaults.PermittedAsync(peer, cancellationToken);
        }

        return result.IsTrouble ? null : result.IsFound;
    }

    public ValueTask<bool?> IsOwnAddressAsync(ClientPeer peer, CancellationToken cancellationToken) =>
        new(peer.IPAddress != null && OwnAddresses.Contains(peer.IPAddress));

    public Task DelayAsync(TimeSpan duration, CancellationToken cancellationToken) => Task.Delay(duration, Time, cancellationToken);

    /// <summary>The tail of an access log line: <c> from=&lt;…&gt; to=&lt;…&gt; proto=ESMTP helo=&lt;…&gt;</c>, fields that are known.</summary>
    public static string Describe(AccessSubject subject)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        if (subject.Sender != null)
        {
            Bracket(ref text, " from=<", subject.AddressForm.Of(subject.Sender));
        }

        if (subject.Recipient != null)
        {
            Bracket(ref text, " to=<", subject.AddressForm.Of(subject.Recipient));
        }

        text.AppendLiteral(" proto=");
        text.AppendLiteral(subject.Protocol);
        if (subject.Helo != null)
        {
            Bracket(ref text, " helo=<", subject.Helo);
        }

        Append(ref text, " sasl_method=", subject.SaslMethod);
        Append(ref text, " sasl_username=", subject.SaslUsername);
        Append(ref text, " sasl_sender=", subject.SaslSender);
        return text.ToStringAndClear();

        static void Bracket(ref DefaultInterpolatedStringHandler text, string name, string value)
        {
            text.AppendLiteral(name);
            text.AppendLiteral(value);
            text.AppendLiteral(">");
        }

        static void Append(ref DefaultInterpolatedStringHandler text, string name, string value)
        {
            if (value.Length > 0)
            {
                text.AppendLiteral(name);
                text.AppendLiteral(value);
            }
        }
    }
}

/// <summary>What access control takes from its process.</summary>
internal sealed record AccessSources(
    TableSet Tables, AddressResolver Resolver, AccessDns Dns, PolicyServices Policies, IAddressVerifier? Verifier, TimeProvider Time, IMailLog Log);
