using Estafeta.Mail.Addresses;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>What a local agent is made of; all of it shared by its deliveries.</summary>
public sealed record LocalParts
{
    public required LocalSettings Settings { get; init; }

    public required AddressExtension Extensions { get; init; }

    public required IAddressResolver Resolver { get; init; }

    public required AliasTables Aliases { get; init; }

    public required ForwardFiles Forwards { get; init; }

    public required LocalMacros Macros { get; init; }

    public required CommandDelivery Commands { get; init; }

    public required MailboxDelivery Mailboxes { get; init; }

    public required TransportPass Transports { get; init; }

    public required ICleanup Cleanup { get; init; }

    /// <summary>The passwd database. Throws <see cref="Unix.UnixException"/> when nobody knows.</summary>
    public required Func<string, UserAccount?> FindUser { get; init; }

    public required MapList MailboxTransportMaps { get; init; }

    public required MapList MailboxCommandMaps { get; init; }

    public required MapList FallbackTransportMaps { get; init; }

    public required IMailLog Log { get; init; }

    public required TimeProvider Time { get; init; }
}
