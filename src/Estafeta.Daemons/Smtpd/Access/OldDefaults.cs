using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// The defaults that an old compatibility_level keeps, said where one of them decides about a request (COMPATIBILITY_README): the administrator
/// learns which of them are needed, and which are not. One per service; thread-safe.
/// </summary>
internal sealed class OldDefaults
{
    private const string Beginning = "using backwards-compatible default setting";

    private readonly bool _relayDomains;
    private readonly bool _relayRestrictions;
    private readonly bool _recipientBeforeRelay;
    private readonly bool _smtputf8;
    private readonly bool _fingerprint;
    private readonly string _networksStyle;
    private readonly HostList? _hostNetworks;
    private readonly IMailLog _log;
    private int _saidFingerprint;

    public OldDefaults(ParameterSet parameters, TableSet tables, IMailLog log)
    {
        _log = log;
        _relayDomains = IsOld(Parameters.RelayDomains);
        _relayRestrictions = IsOld(Parameters.SmtpdRelayRestrictions);
        _recipientBeforeRelay = IsOld(Parameters.SmtpdRelayBeforeRecipientRestrictions);
        _smtputf8 = IsOld(Parameters.Smtputf8Enable);
        _fingerprint = IsOld(Parameters.SmtpdTlsFingerprintDigest);
        _networksStyle = parameters.Get(Parameters.MynetworksStyle);
        if (!parameters.IsSet(Parameters.Mynetworks) && IsOld(Parameters.MynetworksStyle))
        {
            var hosts = parameters.With([new(Parameters.MynetworksStyle.Name, "host")]).Get(Parameters.Mynetworks);
            _hostNetworks = HostList.Open(Parameters.Mynetworks.Name, hosts, tables);
        }

        bool IsOld(Parameter parameter) => Compatibility.HasOldDefault(parameters, parameter);
    }

    /// <summary>smtpd_relay_restrictions is empty, which it would not be today.</summary>
    public bool HasNoRelayRestrictions => _relayRestrictions;

    /// <summary>permit_mynetworks lets a client in: does it need the whole subnet for that?</summary>
    public async ValueTask PermittedAsync(ClientPeer peer, CancellationToken cancellationToken)
    {
        if (_hostNetworks != null && !(await _hostNetworks.MatchAsync(peer.Name, peer.IPAddress, cancellationToken)).IsFound)
        {
            Say($"mynetworks_style={_networksStyle} to permit request from client \"{peer.NameAddress}\"");
        }
    }

    /// <summary>Mail for an address in a domain of relay_domains is let through.</summary>
    public void RelayDomain(string address)
    {
        if (_relayDomains)
        {
            Say($"relay_domains=$mydestination to accept mail for domain \"{address[(address.LastIndexOf('@') + 1)..]}\"");
        }
    }

    /// <summary>Its recipient is taken for one of ours.</summary>
    public void RelayRecipient(string address)
    {
        if (_relayDomains)
        {
            Say($"relay_domains=$mydestination to accept mail for address \"{address}\"");
        }
    }

    public void Flush(string site)
    {
        if (_relayDomains)
        {
            Say($"relay_domains=$mydestination to flush mail for domain \"{site}\"");
        }
    }

    /// <summary>Today's smtpd_relay_restrictions would refuse it.</summary>
    public void AvoidedRelayDenial(string recipient, ClientPeer peer) => Say(
        $"\"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\" error for recipient \"{recipient}\" from client \"{peer.NameAddress}\"");

    /// <summary>smtpd_recipient_restrictions refuses what smtpd_relay_restrictions was not asked about.</summary>
    public void RejectedBeforeRelay(string recipient, ClientPeer peer)
    {
        if (_recipientBeforeRelay)
        {
            Say($"smtpd_relay_before_recipient_restrictions=no to reject recipient \"{recipient}\" from client \"{peer.NameAddress}\"");
        }
    }

    /// <param name="role"><c>sender</c> or <c>recipient</c>.</param>
    /// <param name="address">Whatever it is made of.</param>
    /// <param name="peer">Who gives it.</param>
    public void NonAsciiAddress(string role, string address, ClientPeer peer)
    {
        if (_smtputf8 && !System.Text.Ascii.IsValid(address))
        {
            Say($"smtputf8_enable=no to accept non-ASCII {role} address \"{address}\" from {peer.NameAddress}");
        }
    }

    /// <summary>A client certificate's fingerprint counts, or may: said once, as policy requests always have it.</summary>
    public void Fingerprint(AccessSubject subject)
    {
        if (_fingerprint && subject.CertificateFingerprints.Count > 0 && Interlocked.Exchange(ref _saidFingerprint, 1) == 0)
        {
            Say($"smtpd_tls_fingerprint_digest=md5 to compute certificate fingerprints");
        }
    }

    private void Say(string what) => _log.Info($"{Beginning} {what}");
}
