using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Mailboxes;

namespace Estafeta.Daemons.Virtual;

/// <summary>The parameters of virtual(8), read once at start.</summary>
public sealed record VirtualSettings
{
    /// <summary>virtual_mailbox_base.</summary>
    public required string MailboxBase { get; init; }

    /// <summary>virtual_minimum_uid.</summary>
    public required int MinimumUid { get; init; }

    public required MailboxSettings Mailboxes { get; init; }

    public static VirtualSettings Read(ParameterSet parameters)
    {
        var mailboxBase = parameters.Get(Parameters.VirtualMailboxBase);
        if (mailboxBase.Length == 0)
        {
            throw new ConfigurationException("bad string length 0 < 1: virtual_mailbox_base =");
        }

        return new VirtualSettings
        {
            MailboxBase = mailboxBase,
            MinimumUid = parameters.Get(Parameters.VirtualMinimumUid),
            Mailboxes = MailboxSettings.Read(parameters, Parameters.VirtualMailboxLock, Parameters.VirtualMailboxLimit),
        };
    }
}
