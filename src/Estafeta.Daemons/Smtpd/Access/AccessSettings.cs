using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>Reply codes and switches of access control, read once per service.</summary>
internal sealed record AccessSettings
{
    public required bool SoftBounce { get; init; }

    public required bool DelayReject { get; init; }

    public required bool RelayBeforeRecipient { get; init; }

    public required bool RejectUnlistedRecipient { get; init; }

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

    public static AccessSettings Read(ParameterSet parameters) => new()
    {
        SoftBounce = parameters.Get(Parameters.SoftBounce),
        DelayReject = parameters.Get(Parameters.SmtpdDelayReject),
        RelayBeforeRecipient = parameters.Get(Parameters.SmtpdRelayBeforeRecipientRestrictions),
        RejectUnlistedRecipient = parameters.Get(Parameters.SmtpdRejectUnlistedRecipient),
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
    };
}
