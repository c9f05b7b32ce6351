using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>Reply codes and switches of access control, read once per service.</summary>
internal sealed record AccessSettings
{
    public required bool SoftBounce { get; init; }

    public required bool DelayReject { get; init; }

    /// <summary>estafeta_explain_rejects.</summary>
    public required bool ExplainRejects { get; init; }

    /// <summary>smtpd_proxy_filter is set.</summary>
    public required bool HasProxyFilter { get; init; }

    public required bool RelayBeforeRecipient { get; init; }

    public required bool RejectUnlistedRecipient { get; init; }

    /// <summary>no_unknown_recipient_checks of receive_override_options: no restriction asks whether an address is one of ours.</summary>
    public required bool TakesUnknownAddresses { get; init; }

    public required bool RejectUnlistedSender { get; init; }

    public required bool ShowUserUnknownTableName { get; init; }

    public required bool AllowUntrustedRouting { get; init; }

    public required int RejectCode { get; init; }

    public required int DeferCode { get; init; }

    public required int RelayDomainsRejectCode { get; init; }

    public required int UnknownLocalRecipientRejectCode { get; init; }

    public required int UnknownVirtualAliasRejectCode { get; init; }

    public required int UnknownVirtualMailboxRejectCode { get; init; }

    public required int UnknownRelayRecipientRejectCode { get; init; }

    public required int AccessMapRejectCode { get; init; }

    public required int AccessMapDeferCode { get; init; }

    public required int MapsRblRejectCode { get; init; }

    public required int UnknownClientRejectCode { get; init; }

    public required int InvalidHostnameRejectCode { get; init; }

    public required int UnknownHostnameRejectCode { get; init; }

    public required int NonFqdnRejectCode { get; init; }

    public required int UnknownAddressRejectCode { get; init; }

    public required int PlaintextRejectCode { get; init; }

    public required int MultiRecipientBounceRejectCode { get; init; }

    /// <summary>unknown_address_tempfail_action = defer: at once, not only what would be permitted.</summary>
    public required bool DefersUnknownAddress { get; init; }

    /// <summary>unknown_helo_hostname_tempfail_action = defer.</summary>
    public required bool DefersUnknownHelo { get; init; }

    public required UnverifiedSettings UnverifiedSender { get; init; }

    public required UnverifiedSettings UnverifiedRecipient { get; init; }

    public required int AddressVerifyPollCount { get; init; }

    public required TimeSpan AddressVerifyPollDelay { get; init; }

    /// <summary>smtpd_null_access_lookup_key: what stands for the null sender in tables.</summary>
    public required string NullAccessLookupKey { get; init; }

    public required bool SaslAuthEnable { get; init; }

    /// <summary><c>yes</c> under stress, else empty.</summary>
    public required string Stress { get; init; }

    public required string CompatibilityLevel { get; init; }

    public required string MailVersion { get; init; }

    public static AccessSettings Read(ParameterSet parameters) => new()
    {
        SoftBounce = parameters.Get(Parameters.SoftBounce),
        ExplainRejects = parameters.Get(Parameters.EstafetaExplainRejects),
        HasProxyFilter = parameters.Get(Parameters.SmtpdProxyFilter).Length > 0,
        DelayReject = parameters.Get(Parameters.SmtpdDelayReject),
        RelayBeforeRecipient = parameters.Get(Parameters.SmtpdRelayBeforeRecipientRestrictions),
        RejectUnlistedRecipient = parameters.Get(Parameters.SmtpdRejectUnlistedRecipient),
        TakesUnknownAddresses = ReceiveOverrides.Parse(Parameters.ReceiveOverrideOptions.Name, parameters.Get(Parameters.ReceiveOverrideOptions))
            .HasFlag(CleanupFlags.NoUnknownRecipientChecks),
        RejectUnlistedSender = parameters.Get(Parameters.SmtpdRejectUnlistedSender),
        ShowUserUnknownTableName = parameters.Get(Parameters.ShowUserUnknownTableName),
        AllowUntrustedRouting = parameters.Get(Parameters.AllowUntrustedRouting),
        RejectCode = parameters.Get(Parameters.RejectCode),
        DeferCode = parameters.Get(Parameters.DeferCode),
        RelayDomainsRejectCode = parameters.Get(Parameters.RelayDomainsRejectCode),
        UnknownLocalRecipientRejectCode = parameters.Get(Parameters.UnknownLocalRecipientRejectCode),
        UnknownVirtualAliasRejectCode = parameters.Get(Parameters.UnknownVirtualAliasRejectCode),
        UnknownVirtualMailboxRejectCode = parameters.Get(Parameters.UnknownVirtualMailboxRejectCode),
        UnknownRelayRecipientRejectCode = parameters.Get(Parameters.UnknownRelayRecipientRejectCode),
        AccessMapRejectCode = parameters.Get(Parameters.AccessMapRejectCode),
        AccessMapDeferCode = parameters.Get(Parameters.AccessMapDeferCode),
        MapsRblRejectCode = parameters.Get(Parameters.MapsRblRejectCode),
        UnknownClientRejectCode = parameters.Get(Parameters.UnknownClientRejectCode),
        InvalidHostnameRejectCode = parameters.Get(Parameters.InvalidHostnameRejectCode),
        UnknownHostnameRejectCode = parameters.Get(Parameters.UnknownHostnameRejectCode),
        NonFqdnRejectCode = parameters.Get(Parameters.NonFqdnRejectCode),
        UnknownAddressRejectCode = parameters.Get(Parameters.UnknownAddressRejectCode),
        PlaintextRejectCode = parameters.Get(Parameters.PlaintextRejectCode),
        MultiRecipientBounceRejectCode = parameters.Get(Parameters.MultiRecipientBounceRejectCode),
        DefersUnknownAddress = Defers(parameters, Parameters.UnknownAddressTempfailAction),
        DefersUnknownHelo = Defers(parameters, Parameters.UnknownHeloHostnameTempfailAction),
        UnverifiedSender = new UnverifiedSettings(
            parameters.Get(Parameters.UnverifiedSenderRejectCode),
            parameters.Get(Parameters.UnverifiedSenderDeferCode),
            parameters.Get(Parameters.UnverifiedSenderRejectReason),
            Defers(parameters, Parameters.UnverifiedSenderTempfailAction)),
        UnverifiedRecipient = new UnverifiedSettings(
            parameters.Get(Parameters.UnverifiedRecipientRejectCode),
            parameters.Get(Parameters.UnverifiedRecipientDeferCode),
            parameters.Get(Parameters.UnverifiedRecipientRejectReason),
            Defers(parameters, Parameters.UnverifiedRecipientTempfailAction)),
        AddressVerifyPollCount = parameters.Get(Parameters.AddressVerifyPollCount),
        AddressVerifyPollDelay = parameters.Get(Parameters.AddressVerifyPollDelay),
        NullAccessLookupKey = parameters.Get(Parameters.SmtpdNullAccessLookupKey),
        Stress = parameters.Get(Parameters.Stress),
        CompatibilityLevel = parameters.Get(Parameters.CompatibilityLevel),
        MailVersion = parameters.Get(Parameters.MailVersion),
        SaslAuthEnable = parameters.Get(Parameters.SmtpdSaslAuthEnable),
    };

    // …_tempfail_action
    private static bool Defers(ParameterSet parameters, StringParameter parameter) => parameters.Get(parameter).ToLowerInvariant() switch
    {
        "defer" => true,
        "defer_if_permit" => false,
        var other => throw new ConfigurationException($"bad configuration: {parameter.Name} = {other}"),
    };
}

/// <summary>unverified_{sender,recipient}_…</summary>
internal sealed record UnverifiedSettings(int RejectCode, int DeferCode, string Reason, bool Defers);
